import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// node bench/rest-server.ts PAGES: an API with pages of 100 records (about 20 KB) and a cursor, in a process of its own. Prints its port.
const pages = Number(process.argv[2])
const records = 100
const filler = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit'

const server = createServer((request, response) => {
  const page = Number(/[?&]cursor=(\d+)/.exec(request.url ?? '')?.[1] ?? 0)
  const rows: string[] = []
  for (let n = page * records; n < (page + 1) * records; n++)
    rows.push(
      `{"id":${n},"email":"user${n}@example.com","score":${n % 97}.5,"active":${n % 3 === 0},"tags":["a","b"],"address":{"city":"City ${n % 500}","zip":"${10_000 + (n % 80_000)}"},"note":"${filler}"}`,
    )
  const next = page + 1 < pages ? `"${page + 1}"` : 'null'
  const body = `{"data":[${rows.join(',')}],"next":${next},"total":${pages * records}}`
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.stdin.resume().on('end', () => process.exit(0))
