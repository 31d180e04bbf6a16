import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DemoSummary, styleFor, summaryLines } from './summary.ts'

const counts = { records_read: 1000, records_delivered: 1400, filtered: 148, quarantined: 7 }
const summary: DemoSummary = {
  ...counts,
  files: 1,
  bytes: 59_900,
  seconds: 2,
  input: '/data/input',
  output: '/data/output',
  input_files: 20,
  input_bytes: 358_600,
  expected: counts,
  correct: true,
  source_id: 1,
  nexset_id: 2,
  destination_id: 1,
  run_id: 3,
  api_url: 'http://127.0.0.1:1/api',
  data: '/data/server',
}

test('the summary accounts for every record, and says how to look further', () => {
  const text = summaryLines(summary, undefined).join('\n')
  assert.match(text, /Records read +1,000 +orders in 20 JSON files/)
  assert.match(text, /Records delivered +1,400 +line items in 1 Parquet file,/)
  assert.match(text, /993 good orders hold 1,548 line items: 1,400 delivered and 148 filtered\./)
  assert.match(text, /LEAT_DATA=\/data\/server \.\/leat start/)
  assert.doesNotMatch(text, /EXPECTED|\u001b/)
  assert.match(summaryLines(summary, 77).join('\n'), /kill 77/)
})

test('what is missing is said beside its number', () => {
  const text = summaryLines({ ...summary, correct: false, records_delivered: 1399 }, undefined).join('\n')
  assert.match(text, /not what was made/)
  assert.match(text, /Records delivered +1,399 .*EXPECTED 1,400/)
})

test('only a terminal gets colours', () => {
  assert.equal(styleFor({}).strong('x'), 'x')
  assert.equal(styleFor({ isTTY: false }).bad('x'), 'x')
})
