import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyProblem, jsonRecords } from './body-records.ts'

const linesOf = (text: string): unknown[] => {
  const { records, lines } = jsonRecords(Buffer.from(text))
  const found = lines.length === 0 ? [] : lines.toString().split('\n')
  assert.equal(found.length, records)
  for (const line of found) assert.equal(line[0], '{')
  return found.map((line) => JSON.parse(line) as unknown)
}

const good: readonly (readonly [string, string, unknown[]])[] = [
  ['one object', '{"a":1}', [{ a: 1 }]],
  ['white space around', ' \r\n {"a":1} \n', [{ a: 1 }]],
  ['a byte order mark', '\ufeff{"a":1}', [{ a: 1 }]],
  ['an array', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
  ['an empty array', ' [ ] ', []],
  [
    'an array, pretty-printed',
    JSON.stringify([{ a: [1, { b: 2 }] }, { a: 'x' }], null, 2),
    [{ a: [1, { b: 2 }] }, { a: 'x' }],
  ],
  ['lines', '{"a":1}\n{"a":2}\r\n\n{"a":3}\n', [{ a: 1 }, { a: 2 }, { a: 3 }]],
  ['objects side by side', '{"a":1}{"a":2}{"a":3}', [{ a: 1 }, { a: 2 }, { a: 3 }]],
  ['brackets, commas and quotes in texts', '[{"a":"}],[{\\"\\\\"},{"b":"\\u005d"}]', [{ a: '}],[{"\\' }, { b: ']' }]],
  ['other scripts', '[{"ключ":"值😀"}]', [{ ключ: '值😀' }]],
]
for (const [what, body, expected] of good) test(`records of ${what}`, () => assert.deepEqual(linesOf(body), expected))

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '  ', /empty/],
  ['a number', '5', /no JSON object/],
  ['an array of numbers', '[1,2]', /Record 0 is no JSON object/],
  ['a number among objects', '[{"a":1},2]', /Record 1 is no JSON object/],
  ['an open object', '{"a":1', /not closed/],
  ['an open text', '{"a":"1}', /not closed/],
  ['an open array', '[{"a":1}', /not closed/],
  ['a comma at the end', '[{"a":1},]', /comma too many/],
  ['two commas', '[{"a":1},,{"a":2}]', /comma too many/],
  ['a wrong bracket', '{"a":[1}}', /closes nothing/],
  ['something behind', '[{"a":1}] x', /behind the array/],
  ['a raw line end in a text', '{"a":"x\ny"}', /control character/],
  ['too deep', `{"a":${'['.repeat(600)}`, /levels deep/],
]
for (const [what, body, message] of bad)
  test(`${what} is refused with the place`, () =>
    assert.throws(
      () => jsonRecords(Buffer.from(body)),
      (error) => error instanceof BodyProblem && message.test(error.message),
    ))

test('random documents come back as they were, however they are written', () => {
  let seed = 7
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below
  const value = (depth: number): unknown => {
    const kinds = depth > 3 ? 4 : 6
    switch (random(kinds)) {
      case 0:
        return random(1000) - 500
      case 1:
        return ['', '"', '\\', '}{', '],[', '\n\t', 'ü😀', 'a,b'][random(8)]
      case 2:
        return null
      case 3:
        return true
      case 4:
        return Array.from({ length: random(4) }, () => value(depth + 1))
      default:
        return record(depth + 1)
    }
  }
  const record = (depth: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: random(4) }, (_, index) => [`k${index}"`, value(depth)]))
  for (let round = 0; round < 500; round++) {
    const records = Array.from({ length: random(5) + 1 }, () => record(0))
    const indent = random(3)
    const separator = ['', ' ', '\n', '\r\n', '\t\n '][random(5)]
    const text =
      random(2) === 0
        ? JSON.stringify(records, null, indent)
        : records.map((one) => JSON.stringify(one, null, indent)).join(separator)
    assert.deepEqual(linesOf(text), records)
  }
})
