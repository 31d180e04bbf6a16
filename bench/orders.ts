import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'

const cities = ['Zürich', 'Paris', '東京', 'Austin', 'Nairobi']
const statuses = ['NEW', 'PAID', 'SHIPPED', 'CANCELLED']

/** One nested order of about 310 bytes as a JSON line; the same `number` gives the same order. */
export function orderLine(number: number): string {
  let seed = (number + 1) * 2654435761
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed % below
  }
  const price = (below: number): string => (next(below * 100) / 100).toFixed(2)
  const items = Array.from(
    { length: 1 + next(3) },
    () => `{"sku":"SKU-${next(9999)}","qty":${1 + next(9)},"unitPrice":${price(200)}}`,
  )
  const customer = number % 5000
  const two = (value: number): string => String(value).padStart(2, '0')
  return (
    `{"order_id":${9007199254740993n + BigInt(number)},"status":"${statuses[number % 4]}",` +
    `"created_at":"2026-01-${two(1 + (number % 28))}T12:${two(number % 60)}:00Z",` +
    `"customer":{"id":${customer},"name":"Customer ${customer}","city":"${cities[number % 5]}"},` +
    `"line_items":[${items.join(',')}],"total":${price(900)},"note":${number % 7 === 0 ? '"hello world note"' : 'null'},` +
    `"channel":"web","tags":["a","b"]}\n`
  )
}

/** Writes `records` orders into `files` files of a folder, name `part-00000.json`. */
export async function writeOrders(folder: string, records: number, files: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const each = Math.ceil(records / files)
  for (let file = 0; file < files; file++) {
    const out = createWriteStream(join(folder, `part-${String(file).padStart(5, '0')}.json`))
    let block = ''
    for (let number = file * each; number < Math.min(records, (file + 1) * each); number++) {
      block += orderLine(number)
      if (block.length > 1 << 20) {
        if (!out.write(block)) await once(out, 'drain')
        block = ''
      }
    }
    out.end(block)
    await finished(out)
  }
}
