import type { Piece } from './fuzz-file.ts'
import { order, type Order } from './orders.ts'
import type { Random } from './random.ts'

/** A good record in one of the spellings that JSON has for it. */
export function goodJson(random: Random, id: number): Piece {
  const written: Record<string, string> = { ...order(random, id) }
  const value = { ...written }
  if (random.chance(0.2)) {
    const field = random.pick(['long', 'name', 'amount', 'paid'])
    delete value[field]
    if (random.chance(0.5)) delete written[field]
    else written[field] = 'null'
  }
  return { text: Buffer.from(spelled(random, written)), fate: 'arrives', value, what: 'good' }
}

function spelled(random: Random, fields: Readonly<Record<string, string>>): string {
  const space = () => (random.chance(0.1) ? ' ' : '')
  const members = random
    .shuffled(Object.entries(fields))
    .map(([key, text]) => `${space()}${escapedKey(random, key)}${space()}:${space()}${escaped(random, text)}`)
  return `{${members.join(',')}${space()}}`
}

const escapedKey = (random: Random, key: string) =>
  random.chance(0.05) ? `"\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(1)}"` : `"${key}"`

/** The same text with characters as escapes. */
function escaped(random: Random, text: string): string {
  if (!text.startsWith('"') || !random.chance(0.1)) return text
  return JSON.stringify(JSON.parse(text)).replaceAll(
    /[^\x20-\x7e]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const wrongTypes: readonly (readonly [field: keyof Order, value: string])[] = [
  ['id', '"7"'],
  ['id', '8.7'],
  ['id', 'true'],
  ['id', '9223372036854775808'],
  ['id', '1e400'],
  ['id', '1'.repeat(400)],
  ['id', `1${'0'.repeat(200_000)}1`],
  ['id', '[1]'],
  ['long', '{}'],
  ['long', '-9223372036854775809'],
  ['long', '1e-1'],
  ['amount', '"12.50"'],
  ['amount', '[]'],
  ['amount', '1e300'],
  ['amount', `${'9'.repeat(60)}.5`],
  ['paid', '"true"'],
  ['paid', '1'],
  ['paid', '{"x":true}'],
]

/** No JSON, but with its brackets and quotes closed: it breaks neither a line nor an array around it. */
const closedNonsense = [
  '{"id":tru}',
  '{"id":01}',
  '{"id":+1}',
  '{"id":.5}',
  '{"id":}',
  '{"id"}',
  '{"name":"\\x"}',
  '{"name":"\\ud800"}',
  '{id:1}',
  '{"id":1;"long":2}',
]
const scalars = ['null', '1', '"text"', 'true', '-0.5']
const openNonsense = [
  '{',
  '{"id":1',
  '{"id":1}}',
  "{'id':1}",
  '{"id":1} {"id":2}',
  'not json',
  '{"name":"cut',
  '}',
  '{"id":1}]',
  '{"id":[1,2}',
  'id,long,name',
  '<id>1</id>',
  '\u0000\u0000',
]

const refused = (what: string, text: string | Buffer, ...codes: string[]): Piece => ({
  text: Buffer.from(text),
  fate: 'refused',
  codes,
  what,
})

function withField(value: Order, field: string, text: string): string {
  const fields = { ...value, [field]: text }
  return `{${Object.entries(fields)
    .map(([key, json]) => `"${key}":${json}`)
    .join(',')}}`
}

/** Broken, and still one element of an array or document. */
export function badElement(random: Random, id: number): Piece {
  const value = order(random, id)
  switch (random.between(0, 6)) {
    case 0:
    case 1: {
      const [field, text] = random.pick(wrongTypes)
      return refused(`wrong type of ${field}`, withField(value, field, text), 'json.type_mismatch')
    }
    case 2:
      return refused('nonsense', random.pick(closedNonsense), 'json.malformed')
    case 3:
      return refused(
        'duplicate key',
        `${withField(value, 'paid', 'true').slice(0, -1)},"${random.pick(['id', 'name'])}":${random.pick(['1', 'null'])}}`,
        'json.duplicate_key',
      )
    case 4:
      return refused(
        'unknown field',
        withField(value, `odd ${id}`, random.pick(['1', '"x"', '{"deep":[1]}'])),
        'json.unknown_field',
      )
    case 5:
      return refused('deep nesting', deep(random, value), 'json.unknown_field', 'json.malformed', 'json.type_mismatch')
    default:
      return nulEscape(random, id)
  }
}

/** Broken in any way that stays on its line. */
export function badLine(random: Random, id: number): Piece {
  const value = order(random, id)
  switch (random.between(0, 7)) {
    case 0:
      return refused('open nonsense', random.pick(openNonsense), 'json.malformed', 'json.not_an_object')
    case 1:
      return refused('scalar', random.pick([...scalars, '[]', '[{"id":1}]']), 'json.not_an_object')
    case 2: {
      const whole = Buffer.from(withField(value, 'id', String(id)))
      return refused(
        'cut record',
        wholeCharacters(whole.subarray(0, random.between(1, whole.length - 1))),
        'json.malformed',
      )
    }
    case 3:
      return refused('NUL byte', withByte(random, withField(value, 'id', String(id)), 0), 'json.malformed')
    case 4:
      return refused(
        'wrong encoding',
        withByte(random, withField(value, 'id', String(id)), random.pick([0xff, 0xc0, 0xe4, 0x80])),
        'utf8.invalid',
      )
    case 5:
      return refused(
        'control character',
        `{"id":${id},"name":"a${random.pick(['\t', '\u0001', '\u001f'])}b"}`,
        'json.malformed',
      )
    default:
      return badElement(random, id)
  }
}

/** A cut through a character would be invalid UTF-8, which has another code. */
function wholeCharacters(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 1 && Buffer.from(bytes.subarray(0, end).toString()).compare(bytes.subarray(0, end)) !== 0) end--
  return bytes.subarray(0, end)
}

/** The byte in the middle of the name, between characters. */
function withByte(random: Random, text: string, byte: number): Buffer {
  const at = text.indexOf('"name":"') + 8
  const before = random.chance(0.5) ? text.slice(0, at) : text.slice(0, text.indexOf('#') + 1)
  return Buffer.concat([Buffer.from(before), Buffer.from([byte]), Buffer.from(text.slice(before.length))])
}

function deep(random: Random, value: Order): string {
  const levels = random.pick([20, 499, 501, 3000, 50_000])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  return withField(
    value,
    random.pick(['deep', 'name']) === 'deep' ? 'deep' : 'paid',
    open.repeat(levels) + (open === '[' ? '' : '1') + close.repeat(levels),
  )
}

/** Valid JSON, but not every system can hold U+0000 in a text. */
function nulEscape(random: Random, id: number): Piece {
  const value = { ...order(random, id), name: `"nul\\u0000#${id}"` }
  return { text: Buffer.from(withField(value, 'id', String(id))), fate: 'either', value, what: 'escaped NUL' }
}

/** Longer than what the fast path takes (4 MB), or than any record may be (32 MB). */
export function hugeJson(random: Random, id: number, megabytes: number): Piece {
  const value = { ...order(random, id), name: `"${'long '.repeat((megabytes << 20) / 5)}#${id}"` }
  const text = Buffer.from(withField(value, 'id', String(id)))
  return megabytes > 32
    ? { text, fate: 'refused', codes: ['record.too_long'], what: `${megabytes} MB record` }
    : { text, fate: 'arrives', value, what: `${megabytes} MB record` }
}
