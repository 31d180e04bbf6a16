import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editDistance, nearest } from './nearest.ts'

test('a swap of neighbours is one edit', () => {
  assert.equal(editDistance('paht', 'path'), 1)
  assert.equal(editDistance('', 'abc'), 3)
  assert.equal(editDistance('same', 'same'), 0)
})

test('nearest finds typing mistakes, other separators and shortened names', () => {
  const known = ['path', 'start.cron', 'csv.delimiter', 'file_format', 'schema.detection.once']
  assert.equal(nearest('paht', known), 'path')
  assert.equal(nearest('startCron', known), 'start.cron')
  assert.equal(nearest('csv_delimeter', known), 'csv.delimiter')
  assert.equal(nearest('schema.detection', known), 'schema.detection.once')
})

test('nearest says nothing when nothing is near', () => {
  assert.equal(nearest('wat', ['path', 'mode']), null)
  assert.equal(nearest('', ['path']), null)
  assert.equal(nearest('colour', []), null)
})
