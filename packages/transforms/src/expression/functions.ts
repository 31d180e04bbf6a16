import { choiceFunctions } from './functions/choice-functions.ts'
import { nestedFunctions } from './functions/nested-functions.ts'
import { numberFunctions } from './functions/number-functions.ts'
import type { ScalarFunction } from './functions/scalar-function.ts'
import { textFunctions } from './functions/text-functions.ts'
import { timeFunctions } from './functions/time-functions.ts'

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
