import type { Random } from './random.ts'

/** One record of every format, as JSON text by field. Types: BIGINT, BIGINT, VARCHAR, DECIMAL(_, 2), BOOLEAN. */
export type Order = Readonly<Record<'id' | 'long' | 'name' | 'amount' | 'paid', string>>

const names = [
  'x',
  'Größe',
  '日本',
  '😀 emoji',
  'a, b; c|d',
  "O'Neil",
  'tab\there',
  'back\\slash',
  'null',
  '  spaces  ',
  'line\nend',
  '\u007f',
  '-',
  'NaN',
  '{"id":1}',
]
const longs = ['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808', '42']

export function order(random: Random, id: number): Order {
  return {
    id: String(id),
    long: random.pick(longs),
    name: JSON.stringify(`${random.pick(names)}#${id}`),
    amount: `${random.between(-99_999, 99_999)}.${String(random.between(1, 99)).padStart(2, '0')}`,
    paid: random.chance(0.5) ? 'true' : 'false',
  }
}

/** What every run reads first, so that the schema is known before anything is broken. */
export function firstOrders(count: number): string {
  const line = (id: number) =>
    `{"id":${id},"long":${id + 1}000000000000,"name":"first ${id}","amount":${id}.25,"paid":${id % 2 === 0}}`
  return `${Array.from({ length: count }, (_, id) => line(id)).join('\n')}\n`
}
