/**
 * node tools/peers/install.ts [versitygw] [python] [moto] [fakesnow] [sqlglot]
 *
 * Installs the named peers, or all of them, into the cache and prints progress. What is there already costs nothing.
 * Ends with 1 when one could not be installed.
 */
import { cacheFolder } from './cache.ts'
import { isMissing, peer, peerNames, type PeerName } from './peer.ts'

const names = process.argv.slice(2)
const unknown = names.filter((name) => !peerNames.includes(name as PeerName))
if (unknown.length > 0) {
  console.error(`There is no peer ${unknown.join(', ')}. Peers: ${peerNames.join(', ')}.`)
  process.exit(2)
}

let failed = 0
for (const name of names.length > 0 ? (names as PeerName[]) : peerNames) {
  const found = await peer(name, (line) => console.log(line)).catch((error: Error) => ({ missing: error.message }))
  if (isMissing(found)) failed += 1
  console.log(isMissing(found) ? `${name}: missing` : `${name}: ready`)
}
console.log(`cache: ${cacheFolder()}`)
process.exitCode = failed === 0 ? 0 : 1
