import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { Agent, request } from 'undici'

// node bench/undici-baseline.ts URL PAGES FILE: the pages one after the other, their bytes into a file. Prints seconds.
const [url = '', pages = '0', file = ''] = process.argv.slice(2)
const dispatcher = new Agent({ connections: 1 })
const out = createWriteStream(file)
const start = performance.now()
for (let page = 0; page < Number(pages); page++) {
  const { body } = await request(page === 0 ? url : `${url}?cursor=${page}`, { dispatcher })
  for await (const chunk of body) if (!out.write(chunk)) await once(out, 'drain')
}
out.end()
await once(out, 'finish')
console.log((performance.now() - start) / 1000)
process.exit(0)
