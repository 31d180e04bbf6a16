import type { DataType } from '@leat/connector-kit'
import { quoteText } from '../../quote.ts'
import { castTo } from '../cast.ts'
import { bigint, boolean, isJson, isUnknown, json, listOf, shownType, text } from '../types.ts'
import { adapt, mistake, wantLiteralText, wantText, type Value } from '../value.ts'
import { define, first, list, second, value, whole, type ScalarFunction } from './scalar-function.ts'

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

export const nestedFunctions: Readonly<Record<string, ScalarFunction>> = {
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
