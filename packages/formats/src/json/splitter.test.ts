import assert from 'node:assert/strict'
import test from 'node:test'
import { Fault } from '@leat/connector-kit'
import { chunksOf, collect } from '../testing/duckdb.ts'
import { splitRecords } from './splitter.ts'

async function split(text: string, size = 3): Promise<string[]> {
  const all = await collect(splitRecords(chunksOf(Buffer.from(text), size)))
  return all
    .toString()
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

const layouts: readonly (readonly [string, string, readonly string[]])[] = [
  ['an array', '[{"a":1},{"a":2}]', ['{"a":1}', '{"a":2}']],
  ['a pretty-printed array', '[\n  {\n    "a": [1,\r\n 2]\n  },\n  {}\n]\n', ['{     "a": [1,   2]   }', '{}']],
  ['concatenated documents', '{"a":1}{"a":2} {"a":3}\n\n{"a":\n4}', ['{"a":1}', '{"a":2}', '{"a":3}', '{"a": 4}']],
  [
    'brackets, commas and escapes inside of texts',
    '[{"a":"]},{[\\"\\\\"},{"b":"\\\\\\""}]',
    ['{"a":"]},{[\\"\\\\"}', '{"b":"\\\\\\""}'],
  ],
  ['nested arrays', '[[1,2],[{"a":[]}]]', ['[1,2]', '[{"a":[]}]']],
  ['scalars', '[1,"a,b",null]', ['1', '"a,b"', 'null']],
  ['an empty array, and nothing', ' [ ] ', []],
  ['arrays one after another', '[{"a":1}]\n[{"a":2}]', ['{"a":1}', '{"a":2}']],
  [
    'an object that is not closed before the next begins',
    '[{"a":{"b":1},{"a":2},{"a":3}]',
    ['{"a":{"b":1},', '{"a":2}', '{"a":3}'],
  ],
  ['a text that is not closed', '[{"a":"x},\n{"a":2}]', ['{"a":"x},', '{"a":2}']],
  ['a last element that is not closed', '[{"a":1},{"a":{"b":2]', ['{"a":1}', '{"a":{"b":2']],
]

test('a record that is nested far deeper than anybody reads ends where it ends, in bounded memory', async () => {
  const deep = `${'['.repeat(3_000_000)}{"x":1,"y":[2]}${']'.repeat(3_000_000)}`
  const lines = await split(`[{"a":1},${deep},{"a":2}]`, 1 << 20)
  assert.deepEqual([lines[0], lines[1]?.length, lines[2], lines.length], ['{"a":1}', deep.length, '{"a":2}', 3])
})

for (const [what, text, records] of layouts)
  test(`${what}: one record per line, whatever the chunks`, async () => {
    for (const size of [1, 2, 3, 7, 1000]) assert.deepEqual(await split(text, size), records, `chunks of ${size}`)
  })

test('an array that is never closed is a data fault after its records', async () => {
  const lines: Uint8Array[] = []
  await assert.rejects(
    async () => {
      for await (const chunk of splitRecords(chunksOf(Buffer.from('[{"a":1},{"a":2},{"a"'), 4)))
        lines.push(Buffer.from(chunk))
    },
    (error) => error instanceof Fault && error.kind === 'data' && error.code === 'json.unclosed_array',
  )
  assert.deepEqual(Buffer.concat(lines).toString().trim().split('\n'), ['{"a":1}', '{"a":2}', '{"a"'])
})

test('random documents survive any chunking', async () => {
  let seed = 5
  const next = (below: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below
  const value = (depth: number): unknown => {
    const kind = next(depth > 3 ? 4 : 6)
    if (kind < 2) return ['', '"', '\\', '{"', ']},', '\n', 'é', '\\"'][next(8)]
    if (kind < 4) return [null, true, -1.5, 12][next(4)]
    if (kind === 4) return Array.from({ length: next(4) }, () => value(depth + 1))
    return Object.fromEntries(Array.from({ length: next(4) }, (_, index) => [`${index}"${next(3)}`, value(depth + 1)]))
  }
  for (let round = 0; round < 200; round++) {
    const records = Array.from({ length: next(6) }, () => ({ v: value(0) }))
    const text = JSON.stringify(records, null, next(3))
    assert.deepEqual(
      (await split(text, 1 + next(50))).map((line) => JSON.parse(line)),
      records,
    )
  }
})
