/**
 * The demo's orders: nested, with ids beyond 2^53, decimals, times, lists, unicode, null beside empty text. The order with a given
 * index is always the same, whoever makes it, so that counts can be known without reading the files.
 */

/** What a stretch of orders holds, counted while it is made; the flow is checked against it. */
export interface OrderCounts {
  /** Lines, broken ones included. */
  lines: number
  broken: number
  /** Line items of good orders. */
  items: number
  /** Line items of good orders that were cancelled. */
  cancelledItems: number
  bytes: number
}

/** Lines are made of UTF-8 bytes, one in each character: joining and writing them is then copying, three times as fast. */
const utf8 = (texts: readonly string[]) => texts.map((text) => Buffer.from(text, 'utf8').toString('latin1'))

const statuses = [
  'NEW',
  'PAID',
  'PAID',
  'SHIPPED',
  'SHIPPED',
  'SHIPPED',
  'DELIVERED',
  'DELIVERED',
  'DELIVERED',
  'RETURNED',
  'CANCELLED',
]
const names = utf8([
  'Zoë Müller',
  'José García',
  '田中 太郎',
  'Anna Kowalska',
  "Sinéad O'Brien",
  'Олена Шевченко',
  'Lars Ødegård',
  'Priya Nair',
])
const cities = utf8(['Zürich', 'København', 'São Paulo', 'Kraków', '東京', 'Montréal', 'Leeds', 'Pune'])
const countries = ['CH', 'DK', 'BR', 'PL', 'JP', 'CA', 'GB', 'IN']
const itemCounts = [1, 1, 1, 1, 2, 2, 3]
const tags = ['gift', 'express', 'b2b', 'return', 'loyal', 'first']
const notes = utf8([
  'null',
  '""',
  '"leave at the door"',
  '"🎁 wrap it, please"',
  '"call \\"Zoë\\" first"',
  'null',
  'null',
  '""',
])

/** Above 2^53, where a double can no longer tell neighbours apart. */
const firstOrderId = 9_007_199_254_740_993n
const firstSecond = Date.UTC(2026, 0, 1) / 1000

const idHigh = firstOrderId / 1_000_000_000n
const idLow = Number(firstOrderId % 1_000_000_000n)

/** A well mixed 32-bit number for each index. */
function mix(index: number): number {
  let x = Math.imul(index + 0x9e3779b9, 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

/** How a line is broken, in turn; each is refused by a reader that keeps to the schema of the others. */
const breakers: readonly ((line: string, index: number) => string)[] = [
  (line) => line.slice(0, line.length >> 1),
  (_line, index) => `#### the exporter restarted here (order ${index}) ####`,
  (line) => line.replace(/"line_items":\[.*?\],"totals"/, '"line_items":12,"totals"'),
  (line) => line.slice(0, -1),
  (line) => line.replace('"customer":{', '"customer":{{'),
]

/** The broken lines among `rows`, index -> how: seven, spread over the files; one in a hundred when there are few rows. */
export function brokenLines(rows: number): ReadonlyMap<number, (line: string, index: number) => string> {
  const wanted = Math.min(7, Math.ceil(rows / 100))
  const how = (nth: number) => breakers[nth % breakers.length] ?? ((line: string) => line)
  return new Map(Array.from({ length: wanted }, (_, nth) => [Math.floor(((nth + 0.5) * rows) / wanted), how(nth)]))
}

/** Lines for the orders [from, to), counted in `counts`; write them as `latin1`. */
export function orderLines(
  from: number,
  to: number,
  broken: ReturnType<typeof brokenLines>,
  counts: OrderCounts,
): string {
  let text = ''
  for (let index = from; index < to; index += 1) {
    const line = order(index)
    counts.lines += 1
    const spoil = broken.get(index)
    if (spoil) {
      counts.broken += 1
      text += `${spoil(line, index)}\n`
      continue
    }
    const items = itemsOf(index)
    counts.items += items
    if (statusOf(index) === 'CANCELLED') counts.cancelledItems += items
    text += line + '\n'
  }
  return text
}

function itemsOf(index: number): number {
  return itemCounts[mix(index) % itemCounts.length] ?? 1
}

function statusOf(index: number): string {
  return statuses[(mix(index) >>> 4) % statuses.length] ?? 'NEW'
}

function pick(list: readonly string[], number: number): string {
  return list[number % list.length] ?? ''
}

function order(index: number): string {
  const a = mix(index)
  const b = mix(a ^ index)
  let cents = 0
  let items = ''
  for (let item = 0, count = itemsOf(index); item < count; item += 1) {
    const c = mix(b + item)
    const qty = 1 + (c % 5)
    const price = 99 + ((c >>> 3) % 20_000)
    cents += qty * price
    items += `${item === 0 ? '' : ','}{"sku":"SKU-${10_000 + (c % 50_000)}","qty":${qty},"unitPrice":${money(price)}}`
  }
  const place = b >>> 8
  const chosen = a % 4 === 0 ? '' : a % 4 === 1 ? `"${pick(tags, b)}"` : `"${pick(tags, b)}","${pick(tags, b + 1)}"`
  return (
    `{"order_id":${orderId(index)},"status":"${statusOf(index)}","created_at":"${time(index)}",` +
    `"customer":{"id":${500_000 + (b % 400_000)},"name":"${pick(names, b)}","email":"c${b % 400_000}@example.com",` +
    `"address":{"city":"${pick(cities, place)}","country":"${pick(countries, place)}"}},` +
    `"line_items":[${items}],"totals":{"amount":${money(cents)}},"tags":[${chosen}],"note":${pick(notes, a >>> 6)}}`
  )
}

function orderId(index: number): string {
  const low = idLow + index
  return low < 1_000_000_000 ? `${idHigh}${String(low).padStart(9, '0')}` : String(firstOrderId + BigInt(index))
}

function money(cents: number): string {
  const rest = cents % 100
  return `${(cents - rest) / 100}.${rest < 10 ? '0' : ''}${rest}`
}

/** One order every 23 s, as ISO text without a `Date` for each. */
function time(index: number): string {
  const second = firstSecond + index * 23
  const ofDay = second % 86_400
  const day = second - ofDay
  if (day !== lastDay.second) lastDay = { second: day, text: new Date(day * 1000).toISOString().slice(0, 11) }
  return `${lastDay.text}${two((ofDay / 3600) | 0)}:${two(((ofDay / 60) | 0) % 60)}:${two(ofDay % 60)}Z`
}
let lastDay = { second: -1, text: '' }

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number)
}
