import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { parseCron } from './cron.ts'

const monday = new Date('2026-11-23T00:00:00Z')

function nextTimes(text: string, count = 3, after = monday): string[] {
  const schedule = parseCron(text)
  const times: string[] = []
  let at: Date | null = after
  while (times.length < count) {
    at = schedule.next(at as Date)
    if (at === null) break
    times.push(at.toISOString().slice(0, 19))
  }
  return times
}

const cases: readonly [what: string, text: string, expected: readonly string[]][] = [
  ['a year in the past never fires', '0 0 22 10 11 ? 2022', []],
  ['monthly by "1/1"', '0 50 18 1 1/1 ? *', ['2026-12-01T18:50:00', '2027-01-01T18:50:00', '2027-02-01T18:50:00']],
  ['hourly in six fields', '0 0 * * * ?', ['2026-11-23T01:00:00', '2026-11-23T02:00:00', '2026-11-23T03:00:00']],
  ['seconds', '*/20 * * * * ?', ['2026-11-23T00:00:20', '2026-11-23T00:00:40', '2026-11-23T00:01:00']],
  [
    'five fields have no seconds',
    '*/15 * * * *',
    ['2026-11-23T00:15:00', '2026-11-23T00:30:00', '2026-11-23T00:45:00'],
  ],
  ['a start with a step', '5/20 * * * *', ['2026-11-23T00:05:00', '2026-11-23T00:25:00', '2026-11-23T00:45:00']],
  [
    'Quartz minute 0/30 in two hours',
    '0 0/30 14,18 * * ?',
    ['2026-11-23T14:00:00', '2026-11-23T14:30:00', '2026-11-23T18:00:00'],
  ],
  ['Unix weekday 1 is Monday', '0 12 * * 1', ['2026-11-23T12:00:00', '2026-11-30T12:00:00', '2026-12-07T12:00:00']],
  [
    'Unix weekdays 0 and 7 are Sunday',
    '0 12 * * 0',
    ['2026-11-29T12:00:00', '2026-12-06T12:00:00', '2026-12-13T12:00:00'],
  ],
  ['Unix weekday 7', '0 12 * * 7', ['2026-11-29T12:00:00', '2026-12-06T12:00:00', '2026-12-13T12:00:00']],
  ['Quartz weekday 1 is Sunday', '0 0 12 ? * 1', ['2026-11-29T12:00:00', '2026-12-06T12:00:00', '2026-12-13T12:00:00']],
  ['Quartz weekday 2 is Monday', '0 0 12 ? * 2', ['2026-11-23T12:00:00', '2026-11-30T12:00:00', '2026-12-07T12:00:00']],
  [
    'Quartz weekday 7 is Saturday',
    '0 0 12 ? * 7',
    ['2026-11-28T12:00:00', '2026-12-05T12:00:00', '2026-12-12T12:00:00'],
  ],
  [
    'a lone weekday L is Saturday',
    '0 0 12 ? * L',
    ['2026-11-28T12:00:00', '2026-12-05T12:00:00', '2026-12-12T12:00:00'],
  ],
  ['weekday names', '0 0 12 ? * MON-FRI', ['2026-11-23T12:00:00', '2026-11-24T12:00:00', '2026-11-25T12:00:00']],
  [
    'a weekday range over the end of the week',
    '0 0 12 ? * 6-2',
    ['2026-11-23T12:00:00', '2026-11-27T12:00:00', '2026-11-28T12:00:00'],
  ],
  ['first Monday', '0 0 12 ? * 2#1', ['2026-12-07T12:00:00', '2027-01-04T12:00:00', '2027-02-01T12:00:00']],
  ['last Friday', '0 0 12 ? * 6L', ['2026-11-27T12:00:00', '2026-12-25T12:00:00', '2027-01-29T12:00:00']],
  ['last day of the month', '0 0 12 L * ?', ['2026-11-30T12:00:00', '2026-12-31T12:00:00', '2027-01-31T12:00:00']],
  ['last workday of the month', '0 0 12 LW * ?', ['2026-11-30T12:00:00', '2026-12-31T12:00:00', '2027-01-29T12:00:00']],
  [
    'workday nearest to the 15th',
    '0 0 12 15W * ?',
    ['2026-12-15T12:00:00', '2027-01-15T12:00:00', '2027-02-15T12:00:00'],
  ],
  ['29 February', '0 0 29 2 *', ['2028-02-29T00:00:00', '2032-02-29T00:00:00', '2036-02-29T00:00:00']],
  ['31 February never comes', '0 0 31 2 *', []],
  ['Unix day of month or weekday', '0 0 25 * 5', ['2026-11-25T00:00:00', '2026-11-27T00:00:00', '2026-12-04T00:00:00']],
  ['month names', '0 0 0 1 JAN,JUL ?', ['2027-01-01T00:00:00', '2027-07-01T00:00:00', '2028-01-01T00:00:00']],
  ['a list of years', '0 0 0 1 1 ? 2027,2029', ['2027-01-01T00:00:00', '2029-01-01T00:00:00']],
  ['years by a step', '0 0 0 1 1 ? 2027/2', ['2027-01-01T00:00:00', '2029-01-01T00:00:00', '2031-01-01T00:00:00']],
  [
    'spaces around and between',
    '  0   12  *  *   * ',
    ['2026-11-23T12:00:00', '2026-11-24T12:00:00', '2026-11-25T12:00:00'],
  ],
]

for (const [what, text, expected] of cases) {
  test(`cron: ${what} (${text})`, () => assert.deepEqual(nextTimes(text), expected))
}

test('cron: next is strictly after the given time', () => {
  assert.deepEqual(nextTimes('0 0 * * * ?', 1, new Date('2026-11-23T05:00:00Z')), ['2026-11-23T06:00:00'])
})

test('cron: the zone of the machine does not matter', () => {
  const before = process.env['TZ']
  process.env['TZ'] = 'Asia/Kolkata'
  try {
    assert.deepEqual(nextTimes('0 2 * * *', 1), ['2026-11-23T02:00:00'])
  } finally {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  }
})

const refused: readonly [text: string, reason: RegExp][] = [
  ['', /it has 0 fields; Unix cron has 5, Quartz 6 or 7/],
  ['hourly', /it has 1 field;/],
  ['0 0 * *', /it has 4 fields/],
  ['0 0 0 * * ? 2027 1', /it has 8 fields/],
  ['0 60 12 ? * *', /minute: 60/],
  ['61 * * * *', /minute: 61/],
  ['0 24 * * *', /hour: 24/],
  ['0 0 12 ? * 0', /day of week 0 is out of range: Quartz counts 1 \(Sunday\) to 7/],
  ['0 0 12 ? * 8', /day of week 8 is out of range/],
  ['0 0 12 ? * ?', /cannot both be "\?"/],
  ['0 ? 12 * * 1', /"\?" may stand for the day of month or the day of week, not for the minute/],
  ['0 0 12 ? * FUNDAY', /FUNDAY/i],
  ['0 0 32 * *', /32/],
  ['*/0 * * * *', /step/i],
]

for (const [text, reason] of refused) {
  test(`cron: "${text}" is a config fault that teaches`, () => {
    assert.throws(
      () => parseCron(text),
      (error: unknown) => {
        assert.ok(error instanceof Fault)
        assert.equal(error.kind, 'config')
        assert.equal(error.field, 'start.cron')
        assert.match(error.message, reason)
        assert.ok(error.message.includes(`"${text}"`))
        assert.match(error.message, /for example `30 2 \* \* \*`/)
        return true
      },
    )
  })
}

test('cron: describe names every field', () => {
  assert.equal(
    parseCron('30 2 * * *').describe(),
    'Unix, UTC: minute 30, hour 2, every day of month, every month, every day of week',
  )
  assert.equal(
    parseCron('0 50 18 1 * ?').describe(),
    'Quartz, UTC: second 0, minute 50, hour 18, day of month 1, every month',
  )
})
