import { quoteText } from '../../quote.ts'
import { castTo, parseTime } from '../cast.ts'
import { bigint, isInstant, scalar, text } from '../types.ts'
import { mistake, wantLiteralText, wantText, wantTime, type Value } from '../value.ts'
import { define, first, second, third, value, whole, type ScalarFunction } from './scalar-function.ts'

const timePart = (name: string): ScalarFunction =>
  define(`${name}(time)`, [1, 1], (args, at) => {
    const given = wantTime(first(args), `${name}(time)`)
    return value(`${name}(${given.sql})`, bigint, [given], at)
  })

const units = ['microsecond', 'millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']
function unit(arg: Value): string {
  const written = wantLiteralText(arg, 'the unit').toLowerCase().replace(/s$/, '')
  if (!units.includes(written))
    throw mistake(`'${written}' is not a unit of time; units are ${units.join(', ')}`, arg.at)
  return written
}

export const timeFunctions: Readonly<Record<string, ScalarFunction>> = {
  ...Object.fromEntries(
    ['year', 'quarter', 'month', 'week', 'day', 'dayofweek', 'dayofyear', 'hour', 'minute', 'second'].map((name) => [
      name,
      timePart(name),
    ]),
  ),
  date_trunc: define("date_trunc('unit', time)", [2, 2], (args, at) => {
    const given = wantTime(second(args), 'date_trunc')
    const type = scalar('TIMESTAMP')
    const result = value(
      `CAST(date_trunc(${quoteText(unit(first(args)))}, CAST(${given.sql} AS TIMESTAMP)) AS TIMESTAMP)`,
      type,
      [given],
      at,
    )
    return isZoned(second(args))
      ? { ...result, sql: `timezone('UTC', ${result.sql})`, type: scalar('TIMESTAMPTZ') }
      : result
  }),
  date_diff: define("date_diff('unit', from, to)", [3, 3], (args, at) => {
    const given = args.slice(1).map((arg) => `CAST(${wantTime(arg, 'date_diff').sql} AS TIMESTAMP)`)
    return value(`date_diff(${quoteText(unit(first(args)))}, ${given.join(', ')})`, bigint, args.slice(1), at, true)
  }),
  date_add: define("date_add('unit', count, time)", [3, 3], (args, at) => {
    const given = wantTime(third(args), 'date_add')
    const sql = `(CAST(${given.sql} AS TIMESTAMP) + to_${unit(first(args))}s(${countSql(second(args), first(args))}))`
    const result = value(sql, scalar('TIMESTAMP'), [given, second(args)], at, true)
    return isZoned(third(args)) ? { ...result, sql: `timezone('UTC', ${sql})`, type: scalar('TIMESTAMPTZ') } : result
  }),
  to_date: define("to_date(text, ['format'])", [1, 2], (args) =>
    castTo(
      args.length === 2
        ? parseTime(wantText(first(args), 'to_date'), wantLiteralText(second(args), 'the format'))
        : first(args),
      scalar('DATE'),
    ),
  ),
  to_timestamp: define("to_timestamp(text, ['format'])", [1, 2], (args) =>
    args.length === 2
      ? parseTime(wantText(first(args), 'to_timestamp'), wantLiteralText(second(args), 'the format'))
      : castTo(first(args), scalar('TIMESTAMP')),
  ),
  format_time: define("format_time(time, 'format')", [2, 2], (args, at) => {
    const given = wantTime(first(args), 'format_time')
    return value(`strftime(${given.sql}, ${quoteText(wantLiteralText(second(args), 'the format'))})`, text, [given], at)
  }),
  epoch_ms: define('epoch_ms(time)', [1, 1], (args, at) => {
    const given = wantTime(first(args), 'epoch_ms')
    return value(`epoch_ms(CAST(${given.sql} AS TIMESTAMP))`, bigint, [given], at)
  }),
  from_epoch_ms: define('from_epoch_ms(number)', [1, 1], (args, at) => {
    const given = whole(first(args), 'from_epoch_ms')
    return value(`timezone('UTC', make_timestamp_ms(${given.sql}))`, scalar('TIMESTAMPTZ'), [given], at, true)
  }),
}

function isZoned(arg: Value): boolean {
  return isInstant(arg.type) && arg.type.kind === 'scalar' && arg.type.name === 'TIMESTAMPTZ'
}

/** to_months and larger take 32 bits, to_hours and smaller 64. */
function countSql(count: Value, unitArg: Value): string {
  const given = whole(count, 'date_add').sql
  return ['day', 'week', 'month', 'quarter', 'year'].includes(unit(unitArg)) ? `CAST(${given} AS INTEGER)` : given
}
