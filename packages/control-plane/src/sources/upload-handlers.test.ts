import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeName } from './upload-handlers.ts'

const names = [
  ['orders.json', 'orders.json'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\data\\orders.csv', 'orders.csv'],
  ['..', 'upload'],
  ['', 'upload'],
  ['.hidden.json', 'hidden.json'],
  ['a\u0000b\n.json', 'ab.json'],
  ['größe 😀.json', 'größe 😀.json'],
] as const

for (const [given, kept] of names)
  test(`${JSON.stringify(given)} is kept as ${kept}`, () => assert.equal(safeName(given), kept))

test('a long name is cut to what every file system takes, with its ending', () => {
  const name = safeName(`${'ü'.repeat(300)}.json`)
  assert.ok(Buffer.byteLength(name) <= 220)
  assert.match(name, /ü\.json$/)
})
