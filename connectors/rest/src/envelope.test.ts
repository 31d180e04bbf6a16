import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutEnvelope } from './envelope.ts'

const cut = (text: string, ...names: string[]) => {
  const found = cutEnvelope(Buffer.from(text), names)
  return (
    found && {
      lines: found.lines.toString().split('\n').slice(0, -1),
      count: found.count,
      around: JSON.parse(found.around) as unknown,
    }
  )
}

test('records are cut out whatever is in them, and the rest stays', () => {
  const records = [{ a: '],[{}"\\', b: [1, [2]], c: { d: 'ü\n' } }, 12.5, 'text', null, []]
  const text = JSON.stringify({ meta: { next: 'x]' }, list: { data: records }, after: [1, 2] })
  const found = cut(text, 'list', 'data')!
  assert.deepEqual(
    found.lines.map((line) => JSON.parse(line) as unknown),
    records,
  )
  assert.equal(found.count, 5)
  assert.deepEqual(found.around, { meta: { next: 'x]' }, list: { data: [] }, after: [1, 2] })
})

test('a pretty-printed list becomes one record per line', () => {
  const records = [{ a: 1, b: { c: [1, 2] } }, { a: 2 }]
  const found = cut(JSON.stringify(records, null, 2))!
  assert.deepEqual(
    found.lines.map((line) => JSON.parse(line) as unknown),
    records,
  )
})

test('an empty list has no records', () => {
  for (const text of ['{"data":[]}', '{"data": [ \n ] , "x": 1}']) assert.deepEqual(cut(text, 'data')?.count, 0)
})

for (const text of [
  '{"data":{"a":1}}',
  '{"other":[1]}',
  '{"data":[1,2',
  '{"data":["cut',
  '[1]',
  '',
  'null',
  '{"data":[1}}',
])
  test(`nothing is cut out of ${text || 'nothing'}`, () => {
    const body = Buffer.from(text)
    assert.equal(cutEnvelope(body, ['data']), null)
    assert.equal(body.toString(), text)
  })
