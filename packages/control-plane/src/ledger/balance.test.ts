import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowedTo, everyRecord, imbalances } from './balance.ts'
import { noWork } from './metrics.ts'

const free = { filter: true, expand: true }
const book = (taken: number | null, kept: number | null, held = 0) => ({ taken, kept, held })

test('PROMISE-CONSERVATION: figures that agree with each other and with the index are in order', () => {
  const orderly = [
    [{ read: 10, written: 7, filtered: 2, refused: 1 }, book(10, 7, 1), free],
    [{ read: 10, written: 9, refused: 1 }, book(null, 9, 1), everyRecord],
    // A flatten: 10 lists of 3, of which a filter behind it drops 5 records.
    [{ read: 10, expanded: 20, written: 25, filtered: 5 }, book(10, 25), free],
    // SQL that counts: one record out of ten.
    [{ read: 10, expanded: -9, written: 1 }, book(10, 1), free],
  ] as const
  for (const [work, evidence, allowed] of orderly)
    assert.deepEqual(imbalances({ ...noWork, ...work }, evidence, allowed), [])
})

test('PROMISE-CONSERVATION: each way to lose or double a record is told with its figures', () => {
  const broken = [
    // A worker that forgets a record.
    [{ read: 10, written: 9 }, book(10, 9), everyRecord, /10 read, but 9 written \+ 0 filtered \+ 0 refused = 9/],
    // A worker that never saw one: its own figures add up.
    [{ read: 9, written: 9 }, book(10, 9), everyRecord, /9 read, but the segments of the parent hold 10/],
    // A segment with fewer rows than were said to be written.
    [{ read: 10, written: 10 }, book(10, 9), everyRecord, /10 written, but the new segments hold 9/],
    // A quarantine that swallows.
    [{ read: 10, written: 8, refused: 2 }, book(10, 8, 1), everyRecord, /2 refused, but 1 are in quarantine/],
    // What is lost is called filtered.
    [{ read: 10, written: 8, filtered: 2 }, book(10, 8), everyRecord, /2 filtered, where nothing filters/],
    [{ read: 10, written: 11, filtered: -1 }, book(10, 11), free, /more came out than went in/],
    // Doubled, and called expanded.
    [{ read: 10, expanded: 10, written: 20 }, book(10, 20), everyRecord, /10 made, where nothing makes records/],
  ] as const
  for (const [work, evidence, allowed, message] of broken) {
    const found = imbalances({ ...noWork, ...work }, evidence, allowed)
    assert.equal(found.length, 1, found.join('; '))
    assert.match(found[0]!, message)
  }
})

test('what a transform may do to the number of records is read from its operations', () => {
  const operations = (...names: string[]) => ({ version: 1, operations: names.map((operation) => ({ operation })) })
  assert.deepEqual(allowedTo(null), everyRecord)
  assert.deepEqual(allowedTo(operations('rename', 'compute', 'typecast', 'map')), everyRecord)
  assert.deepEqual(allowedTo(operations('filter', 'rename')), { filter: true, expand: false })
  assert.deepEqual(allowedTo(operations('flatten')), { filter: false, expand: true })
  for (const unknown of [operations('nexla.custom'), { code_type: 'sql', code: 'select 1' }])
    assert.deepEqual(allowedTo(unknown), free)
})
