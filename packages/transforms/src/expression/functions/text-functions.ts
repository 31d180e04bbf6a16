import type { DataType } from '@leat/connector-kit'
import { quoteText } from '../../quote.ts'
import { bigint, boolean, listOf, text } from '../types.ts'
import { asText, mistake, wantCount, wantLiteralText, wantText, type Value } from '../value.ts'
import { define, first, list, many, second, third, value, whole, type ScalarFunction } from './scalar-function.ts'

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

export const textFunctions: Readonly<Record<string, ScalarFunction>> = {
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
