/**
 * node tools/peers/serve.ts versitygw
 *
 * Starts a peer for a program that is not JavaScript: prints one JSON line with its address, runs until standard input ends.
 * Where the peer cannot be had the line is {"skip": reason}.
 */
import { isMissing, peer } from './peer.ts'

if (process.argv[2] !== 'versitygw') {
  console.error('usage: serve.ts versitygw')
  process.exit(2)
}
const found = await peer('versitygw')
if (isMissing(found)) console.log(JSON.stringify({ skip: found.missing }))
else {
  const { endpoint, accessKey, secretKey, stop } = await found.start()
  console.log(JSON.stringify({ endpoint, accessKey, secretKey }))
  process.stdin.resume()
  process.stdin.on('end', () => void stop().then(() => process.exit(0)))
}
