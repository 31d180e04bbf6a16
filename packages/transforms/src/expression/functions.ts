import { quoteText } from '../quote.ts'
import { castTo, parseTime } from './cast.ts'
import { arithmetic, rounded } from './arithmetic.ts'
import {
  bigint,
  boolean,
  commonType,
  decimal,
  double,
  duckType,
  isExact,
  isFloat,
  isInstant,
  isInteger,
  isJson,
  isUnknown,
  json,
  listOf,
  scalar,
  shownType,
  text,
} from './types.ts'
import {
  adapt,
  asText,
  mistake,
  wantBoolean,
  wantCount,
  wantLiteralText,
  wantNumber,
  wantText,
  wantTime,
  type Value,
} from './value.ts'
import type { DataType } from '@leat/connector-kit'

/**
 * Every function that an expression can reach. A name that is not here does not exist: each entry spells its own SQL, all are
 * scalar, deterministic and independent of the session (no clock, no randomness, no setting, no file).
 */
export interface ScalarFunction {
  /** For messages and docs: `substring(text, start, [length])`. */
  readonly usage: string
  /** Least and most number of arguments. */
  readonly arity: readonly [number, number]
  build(args: readonly Value[], at: number): Value
}

type Build = (args: readonly Value[], at: number) => Value
const many = 50
const define = (usage: string, arity: readonly [number, number], build: Build): ScalarFunction => ({
  usage,
  arity,
  build,
})
const anyFails = (args: readonly Value[]): boolean => args.some((arg) => arg.fails)
const list = (args: readonly Value[]): string => args.map((arg) => arg.sql).join(', ')
const value = (sql: string, type: DataType, args: readonly Value[], at: number, fails = false): Value => ({
  sql,
  type,
  fails: fails || anyFails(args),
  at,
})
const first = (args: readonly Value[]): Value => args[0] as Value
const second = (args: readonly Value[]): Value => args[1] as Value
const third = (args: readonly Value[]): Value => args[2] as Value

/** f(text, text …) whose DuckDB name is known. */
const texts = (usage: string, duck: string, count: readonly [number, number], type: DataType): ScalarFunction =>
  define(usage, count, (args, at) => {
    const given = args.map((arg) => wantText(arg, usage))
    return value(`${duck}(${list(given)})`, type, given, at)
  })

/** f(text, whole number …): the numbers are 64 bits in DuckDB. */
const textAndNumbers = (usage: string, duck: string, count: readonly [number, number]): ScalarFunction =>
  define(usage, count, ([subject, ...numbers], at) => {
    const given = [wantText(subject as Value, usage), ...numbers.map((arg) => whole(arg, usage))]
    return value(`${duck}(${list(given)})`, text, given, at)
  })

const floats = (usage: string, duck: string, fails: boolean): ScalarFunction =>
  define(usage, [1, 1], (args, at) => {
    const given = castTo(wantNumber(first(args), usage), double)
    return value(`${duck}(${given.sql})`, double, [given], at, fails)
  })

const timePart = (name: string): ScalarFunction =>
  define(`${name}(time)`, [1, 1], (args, at) => {
    const given = wantTime(first(args), `${name}(time)`)
    return value(`${name}(${given.sql})`, bigint, [given], at)
  })

function whole(arg: Value, usage: string): Value {
  const given = adapt(wantNumber(arg, usage), bigint)
  if (given === null) throw mistake(`${usage} needs a whole number here, this is ${shownType(arg.type)}`, arg.at)
  return given
}

/** All arguments as their common type. */
export function unify(
  args: readonly Value[],
  what: string,
): { readonly args: readonly Value[]; readonly type: DataType } {
  let type = scalar('UNKNOWN')
  for (const arg of args) {
    if (arg.literal?.kind === 'null') continue
    const next =
      commonType(type, arg.type) ??
      (adapt(arg, type) !== null ? type : args.every((each) => adapt(each, arg.type) !== null) ? arg.type : null)
    if (next === null)
      throw mistake(`${what} mixes ${shownType(type)} with ${shownType(arg.type)}; cast one of them`, arg.at)
    type = next
  }
  if (isUnknown(type)) return { args: args.map((arg) => ({ ...(adapt(arg, json) ?? arg) })), type: json }
  const adapted = args.map((arg) => {
    const fit = adapt(arg, type) ?? (arg.type.kind === 'list' && type.kind === 'list' ? castTo(arg, type) : null)
    if (fit === null)
      throw mistake(`${what} mixes ${shownType(type)} with ${shownType(arg.type)}; cast one of them`, arg.at)
    return fit
  })
  return { args: adapted, type }
}

const unified = (usage: string, duck: string, arity: readonly [number, number]): ScalarFunction =>
  define(usage, arity, (args, at) => {
    const given = unify(args, usage)
    return value(`${duck}(${list(given.args)})`, given.type, given.args, at)
  })

const round = (name: 'round' | 'trunc'): ScalarFunction =>
  define(`${name}(number, [places])`, [1, 2], (args, at) => {
    const given = wantNumber(first(args), `${name}(number)`)
    const places = args.length === 2 ? wantCount(second(args), `the places of ${name}`, 0, 38) : 0
    if (isInteger(given.type)) return castTo(given, rounded(given.type, 0))
    const type = rounded(given.type, places)
    if (isFloat(given.type)) return value(`${name}(CAST(${given.sql} AS DOUBLE), ${places})`, double, [given], at)
    const { precision, scale } = given.type.kind === 'decimal' ? given.type : { precision: 38, scale: 0 }
    if (places >= scale) return castTo(given, type)
    const wide = precision < 38 ? castTo(given, decimal(precision + 1, scale)) : given
    return value(`CAST(${name}(${wide.sql}, ${places}) AS ${duckType(type)})`, type, [given], at, precision >= 38)
  })

const toWhole = (name: 'floor' | 'ceil'): ScalarFunction =>
  define(`${name}(number)`, [1, 1], (args, at) => {
    const given = wantNumber(first(args), `${name}(number)`)
    const type = rounded(given.type, 0)
    if (isInteger(given.type)) return castTo(given, type)
    return value(`CAST(${name}(${given.sql}) AS ${duckType(type)})`, type, [given], at, isExact(type))
  })

const units = ['microsecond', 'millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']
function unit(arg: Value): string {
  const written = wantLiteralText(arg, 'the unit').toLowerCase().replace(/s$/, '')
  if (!units.includes(written))
    throw mistake(`'${written}' is not a unit of time; units are ${units.join(', ')}`, arg.at)
  return written
}

/** RE2 has no look-around and no back-references; saying so now beats refusing every record later. */
function pattern(arg: Value): string {
  const written = wantLiteralText(arg, 'the pattern')
  if (/\(\?<?[=!]/.test(written) || /\\[1-9]/.test(written))
    throw mistake('patterns have no look-ahead, look-behind or back-references', arg.at)
  try {
    new RegExp(written.replaceAll(/\(\?[a-z]+\)/g, '').replaceAll('(?P<', '(?<'))
  } catch (cause) {
    throw mistake(
      `'${written}' is not a regular expression: ${cause instanceof Error ? cause.message : String(cause)}`,
      arg.at,
    )
  }
  return quoteText(written)
}

function jsonPath(arg: Value): string {
  const written = wantLiteralText(arg, 'the JSON path')
  if (!/^\$(\.[A-Za-z_][\w-]*|\."[^"\\]+"|\[\d+\])*$/.test(written))
    throw mistake(`'${written}' is not a JSON path; write one like '$.customer.tags[0]'`, arg.at)
  return quoteText(written)
}

function wantJson(arg: Value, usage: string): Value {
  if (isJson(arg.type) || isUnknown(arg.type)) return arg
  if (arg.literal?.kind === 'null') return castTo(arg, json)
  if (arg.type.kind !== 'scalar' || arg.type.name === 'VARCHAR') return castTo(arg, json)
  throw mistake(`${usage} needs JSON, this is ${shownType(arg.type)}`, arg.at)
}

function wantList(arg: Value, usage: string): { readonly given: Value; readonly element: DataType } {
  if (arg.type.kind === 'list') return { given: arg, element: arg.type.element }
  if (isJson(arg.type) || isUnknown(arg.type))
    return { given: { sql: `CAST(${arg.sql} AS JSON[])`, type: listOf(json), fails: true, at: arg.at }, element: json }
  throw mistake(`${usage} needs a list, this is ${shownType(arg.type)}`, arg.at)
}

const textFunctions: Readonly<Record<string, ScalarFunction>> = {
  upper: texts('upper(text)', 'upper', [1, 1], text),
  lower: texts('lower(text)', 'lower', [1, 1], text),
  trim: texts('trim(text, [characters])', 'trim', [1, 2], text),
  ltrim: texts('ltrim(text, [characters])', 'ltrim', [1, 2], text),
  rtrim: texts('rtrim(text, [characters])', 'rtrim', [1, 2], text),
  replace: texts('replace(text, from, to)', 'replace', [3, 3], text),
  reverse: texts('reverse(text)', 'reverse', [1, 1], text),
  starts_with: texts('starts_with(text, start)', 'starts_with', [2, 2], boolean),
  ends_with: texts('ends_with(text, end)', 'ends_with', [2, 2], boolean),
  position: texts('position(text, part)', 'instr', [2, 2], bigint),
  md5: texts('md5(text)', 'md5', [1, 1], text),
  sha256: texts('sha256(text)', 'sha256', [1, 1], text),
  split: texts('split(text, separator)', 'string_split', [2, 2], listOf(text)),
  substring: textAndNumbers('substring(text, start, [length])', 'substring', [2, 3]),
  left: textAndNumbers('left(text, count)', 'left', [2, 2]),
  right: textAndNumbers('right(text, count)', 'right', [2, 2]),
  length: define('length(text or list)', [1, 1], (args, at) => {
    const isList = first(args).type.kind === 'list'
    const given = isList ? first(args) : wantText(first(args), 'length(text)')
    return value(`${isList ? 'len' : 'length'}(${given.sql})`, bigint, [given], at)
  }),
  concat: define('concat(value, …)', [1, many], (args, at) => {
    const given = args.map(asText)
    return value(`concat(${list(given)})`, text, given, at)
  }),
  concat_ws: define('concat_ws(separator, value, …)', [2, many], (args, at) => {
    const given = args.map(asText)
    return value(`concat_ws(${list(given)})`, text, given, at)
  }),
  split_part: define('split_part(text, separator, number)', [3, 3], (args, at) => {
    const given = [
      wantText(first(args), 'split_part'),
      wantText(second(args), 'split_part'),
      whole(third(args), 'split_part'),
    ]
    return value(`split_part(${list(given)})`, text, given, at)
  }),
  lpad: pad('lpad'),
  rpad: pad('rpad'),
  regexp_matches: define("regexp_matches(text, 'pattern')", [2, 2], (args, at) => {
    const given = wantText(first(args), 'regexp_matches')
    return value(`regexp_matches(${given.sql}, ${pattern(second(args))})`, boolean, [given], at)
  }),
  regexp_replace: define("regexp_replace(text, 'pattern', 'replacement')", [3, 3], (args, at) => {
    const given = wantText(first(args), 'regexp_replace')
    return value(
      `regexp_replace(${given.sql}, ${pattern(second(args))}, ${quoteText(wantLiteralText(third(args), 'the replacement'))}, 'g')`,
      text,
      [given],
      at,
    )
  }),
  regexp_extract: define("regexp_extract(text, 'pattern', [group])", [2, 3], (args, at) => {
    const given = wantText(first(args), 'regexp_extract')
    const group = args.length === 3 ? wantCount(third(args), 'the group', 0, 9) : 0
    return value(`regexp_extract(${given.sql}, ${pattern(second(args))}, ${group})`, text, [given], at)
  }),
}

function pad(name: 'lpad' | 'rpad'): ScalarFunction {
  return define(`${name}(text, length, [character])`, [2, 3], (args, at) => {
    const given = wantText(first(args), name)
    const filler = args.length === 3 ? wantLiteralText(third(args), 'the padding') : ' '
    if (filler === '') throw mistake('the padding is empty', third(args).at)
    return value(
      `${name}(${given.sql}, ${wantCount(second(args), 'the length', 0, 10_000)}, ${quoteText(filler)})`,
      text,
      [given],
      at,
    )
  })
}

const numberFunctions: Readonly<Record<string, ScalarFunction>> = {
  abs: define('abs(number)', [1, 1], (args, at) => {
    const given = wantNumber(first(args), 'abs(number)')
    const type = isInteger(given.type) ? rounded(given.type, 0) : given.type
    const wide = castTo(given, type)
    return value(`abs(${wide.sql})`, type, [given], at, isInteger(type))
  }),
  sign: define('sign(number)', [1, 1], (args, at) => {
    const given = wantNumber(first(args), 'sign(number)')
    return value(`CAST(sign(${given.sql}) AS BIGINT)`, bigint, [given], at, isFloat(given.type))
  }),
  round: round('round'),
  trunc: round('trunc'),
  floor: toWhole('floor'),
  ceil: toWhole('ceil'),
  mod: define('mod(number, divisor)', [2, 2], (args, at) => arithmetic('%', first(args), second(args), at)),
  sqrt: floats('sqrt(number)', 'sqrt', true),
  exp: floats('exp(number)', 'exp', true),
  ln: floats('ln(number)', 'ln', true),
  log10: floats('log10(number)', 'log10', true),
  power: define('power(number, exponent)', [2, 2], (args, at) => {
    const given = args.map((arg) => castTo(wantNumber(arg, 'power'), double))
    return value(`power(${list(given)})`, double, given, at, true)
  }),
  to_number: define('to_number(value)', [1, 1], (args) =>
    castTo(first(args), isExact(first(args).type) || isFloat(first(args).type) ? first(args).type : decimal(38, 9)),
  ),
  to_text: define('to_text(value)', [1, 1], (args) => asText(first(args))),
}

const choiceFunctions: Readonly<Record<string, ScalarFunction>> = {
  coalesce: unified('coalesce(value, …)', 'coalesce', [1, many]),
  greatest: unified('greatest(value, …)', 'greatest', [1, many]),
  least: unified('least(value, …)', 'least', [1, many]),
  nullif: define('nullif(value, other)', [2, 2], (args, at) => {
    const given = unify(args, 'nullif(value, other)')
    return value(`nullif(${list(given.args)})`, given.type, given.args, at)
  }),
  if: define('if(condition, then, else)', [3, 3], (args, at) => {
    const condition = wantBoolean(first(args), 'the condition of if')
    const given = unify(args.slice(1), 'if(condition, then, else)')
    const [then, otherwise] = given.args as [Value, Value]
    return value(
      `(CASE WHEN ${condition.sql} THEN ${then.sql} ELSE ${otherwise.sql} END)`,
      given.type,
      [condition, ...given.args],
      at,
    )
  }),
}

const timeFunctions: Readonly<Record<string, ScalarFunction>> = {
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

const nestedFunctions: Readonly<Record<string, ScalarFunction>> = {
  json_extract: define("json_extract(json, '$.path')", [2, 2], (args, at) => {
    const given = wantJson(first(args), 'json_extract')
    return value(`json_extract(${given.sql}, ${jsonPath(second(args))})`, json, [given], at)
  }),
  json_text: define("json_text(json, '$.path')", [2, 2], (args, at) => {
    const given = wantJson(first(args), 'json_text')
    return value(`json_extract_string(${given.sql}, ${jsonPath(second(args))})`, text, [given], at)
  }),
  to_json: define('to_json(value)', [1, 1], (args, at) => value(`to_json(${first(args).sql})`, json, args, at)),
  size: define('size(list)', [1, 1], (args, at) => {
    const { given } = wantList(first(args), 'size(list)')
    return value(`len(${given.sql})`, bigint, [given], at)
  }),
  element_at: define('element_at(list, number)', [2, 2], (args, at) => {
    const { given, element } = wantList(first(args), 'element_at(list, number)')
    const index = whole(second(args), 'element_at(list, number)')
    return value(`list_extract(${given.sql}, ${index.sql})`, element, [given, index], at)
  }),
  join: define('join(list, separator)', [2, 2], (args, at) => {
    const { given } = wantList(first(args), 'join(list, separator)')
    const separator = wantLiteralText(second(args), 'the separator')
    return value(`array_to_string(CAST(${given.sql} AS VARCHAR[]), ${quoteText(separator)})`, text, [given], at)
  }),
  contains: define('contains(text or list, part)', [2, 2], (args, at) => {
    if (first(args).type.kind !== 'list') {
      const given = args.map((arg) => wantText(arg, 'contains(text, part)'))
      return value(`contains(${list(given)})`, boolean, given, at)
    }
    const { given, element } = wantList(first(args), 'contains(list, value)')
    const sought = adapt(second(args), element)
    if (sought === null)
      throw mistake(`the list holds ${shownType(element)}, this is ${shownType(second(args).type)}`, second(args).at)
    return value(`list_contains(${given.sql}, ${sought.sql})`, boolean, [given, sought], at)
  }),
}

const synonyms: Readonly<Record<string, string>> = {
  substr: 'substring',
  len: 'length',
  instr: 'position',
  ceiling: 'ceil',
  pow: 'power',
  iff: 'if',
  ifnull: 'coalesce',
  nvl: 'coalesce',
  json_extract_string: 'json_text',
  json_value: 'json_text',
  strftime: 'format_time',
  prefix: 'starts_with',
  suffix: 'ends_with',
  to_string: 'to_text',
  split_to_list: 'split',
}

const table: Readonly<Record<string, ScalarFunction>> = {
  ...textFunctions,
  ...numberFunctions,
  ...choiceFunctions,
  ...timeFunctions,
  ...nestedFunctions,
}

/** Names of all functions, for messages and docs. */
export const functionNames: readonly string[] = Object.keys(table).sort()

export function functionByName(name: string): ScalarFunction | null {
  const lower = name.toLowerCase()
  const known = Object.hasOwn(synonyms, lower) ? (synonyms[lower] as string) : lower
  return Object.hasOwn(table, known) ? (table[known] as ScalarFunction) : null
}

/** Usage lines of all functions, sorted by name. */
export function functionUsages(): readonly string[] {
  return functionNames.map((name) => (table[name] as ScalarFunction).usage)
}
