import type { DataType, Schema } from '@leat/connector-kit'
import { didYouMean } from '../did-you-mean.ts'
import { quoteName, quoteText } from '../quote.ts'
import { arithmetic, negate, numberLiteral } from './arithmetic.ts'
import type { ComparisonOperator, Node } from './ast.ts'
import { castTo } from './cast.ts'
import { functionByName, functionNames } from './functions.ts'
import { typeByName } from './type-names.ts'
import { unify } from './unify.ts'
import { boolean, commonType, isJson, isNumber, isText, isUnknown, json, shownType, text, unknown } from './types.ts'
import { adapt, mistake, wantBoolean, wantText, type Value } from './value.ts'

/** An expression that is bound to a schema. */
export interface CompiledExpression {
  readonly sql: string
  readonly type: DataType
  /** False when no record can make it fail. */
  readonly fails: boolean
  /** The fields it reads, as SQL and as written, for the reason of a refused record. */
  readonly inputs: readonly { readonly name: string; readonly sql: string }[]
}

const deepest = 200
const longestSql = 100_000

/** Throws `ExpressionError` with the position of what does not fit the schema. */
export function compileExpression(node: Node, schema: Schema): CompiledExpression {
  const compiler = new Compiler(schema)
  const { sql, type, fails } = compiler.value(node)
  if (sql.length > longestSql) throw mistake('grows too large; split it into several compute operations', node.at)
  return { sql, type, fails, inputs: [...compiler.inputs].map(([name, field]) => ({ name, sql: field })) }
}

/** The mistakes that need no schema: unknown functions, wrong numbers of arguments, unknown types. */
export function checkExpression(node: Node): void {
  if (node.kind === 'call') knownFunction(node)
  if (node.kind === 'cast') knownType(node)
  for (const child of childrenOf(node)) checkExpression(child)
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'null':
    case 'true':
    case 'false':
    case 'number':
    case 'text':
    case 'path':
      return []
    case 'unary':
    case 'isNull':
    case 'cast':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    case 'in':
      return [node.operand, ...node.choices]
    case 'between':
      return [node.operand, node.low, node.high]
    case 'like':
      return [node.operand, node.pattern]
    case 'case':
      return [
        ...node.branches.flatMap((branch) => [branch.when, branch.then]),
        ...(node.otherwise === null ? [] : [node.otherwise]),
      ]
    case 'call':
      return node.args
  }
}

function knownFunction(node: Extract<Node, { kind: 'call' }>): NonNullable<ReturnType<typeof functionByName>> {
  const found = functionByName(node.name)
  if (found === null) {
    if (/^(now|today|random|uuid|current_\w+|gen_random_uuid)$/i.test(node.name))
      throw mistake(
        `${node.name}() is not available: a record must give the same result when it is computed again`,
        node.at,
      )
    throw mistake(
      `there is no function "${node.name}".${didYouMean(node.name, functionNames)} Functions are ${functionNames.join(', ')}`,
      node.at,
    )
  }
  const [least, most] = found.arity
  if (node.args.length < least || node.args.length > most)
    throw mistake(
      `${node.name} takes ${found.usage}, not ${node.args.length} argument${node.args.length === 1 ? '' : 's'}`,
      node.at,
    )
  return found
}

function knownType(node: Extract<Node, { kind: 'cast' }>): DataType {
  const type = typeByName(node.type)
  if ('problem' in type) throw mistake(type.problem, node.at)
  return type
}

class Compiler {
  readonly inputs = new Map<string, string>()
  readonly #schema: Schema
  #depth = 0

  constructor(schema: Schema) {
    this.#schema = schema
  }

  value(node: Node): Value {
    if (++this.#depth > deepest)
      throw mistake(`is nested more than ${deepest} levels deep; split it into several compute operations`, node.at)
    const value = this.#value(node)
    this.#depth--
    return value
  }

  #value(node: Node): Value {
    const { at } = node
    switch (node.kind) {
      case 'null':
        return { sql: 'CAST(NULL AS JSON)', type: unknown, fails: false, at, literal: { kind: 'null' } }
      case 'true':
      case 'false':
        return { sql: node.kind, type: boolean, fails: false, at }
      case 'number':
        return numberLiteral(node.text, at)
      case 'text':
        return { sql: quoteText(node.text), type: text, fails: false, at, literal: { kind: 'text', text: node.text } }
      case 'path':
        return this.#path(node.names, at)
      case 'unary':
        return this.#unary(node)
      case 'binary':
        return this.#binary(node)
      case 'isNull':
        return this.#isNull(node)
      case 'in':
        return this.#in(node)
      case 'between':
        return this.#between(node)
      case 'like':
        return this.#like(node)
      case 'case':
        return this.#case(node)
      case 'cast':
        return castTo(this.value(node.operand), knownType(node))
      case 'call':
        return knownFunction(node).build(
          node.args.map((arg) => this.value(arg)),
          at,
        )
    }
  }

  #path(names: readonly string[], at: number): Value {
    const resolved = resolvePath(names, this.#schema, (message) => mistake(message, at))
    this.inputs.set(names.join('.'), resolved.sql)
    return { ...resolved, fails: false, at }
  }

  #unary(node: Extract<Node, { kind: 'unary' }>): Value {
    const operand = this.value(node.operand)
    if (node.operator === 'not') {
      const given = wantBoolean(operand, '"not"')
      return { sql: `(NOT ${given.sql})`, type: boolean, fails: given.fails, at: node.at }
    }
    return node.operator === '-'
      ? negate(operand, node.at)
      : arithmetic('+', numberLiteral('0', node.at), operand, node.at)
  }

  #binary(node: Extract<Node, { kind: 'binary' }>): Value {
    const { operator, at } = node
    switch (operator) {
      case 'and':
      case 'or': {
        const [left, right] = [node.left, node.right].map((side) => wantBoolean(this.value(side), `"${operator}"`)) as [
          Value,
          Value,
        ]
        return {
          sql: `(${left.sql} ${operator.toUpperCase()} ${right.sql})`,
          type: boolean,
          fails: left.fails || right.fails,
          at,
        }
      }
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return arithmetic(operator, this.value(node.left), this.value(node.right), at)
      default:
        return compare(operator, this.value(node.left), this.value(node.right), at)
    }
  }

  #isNull(node: Extract<Node, { kind: 'isNull' }>): Value {
    const operand = this.value(node.operand)
    // A JSON null is a null to whoever asks, though DuckDB keeps it as a value.
    const sql = isJson(operand.type) || isUnknown(operand.type) ? `(${operand.sql} ->> '$')` : operand.sql
    return { sql: `(${sql} IS ${node.negated ? 'NOT ' : ''}NULL)`, type: boolean, fails: operand.fails, at: node.at }
  }

  #in(node: Extract<Node, { kind: 'in' }>): Value {
    const operand = this.value(node.operand)
    const equal = node.choices.map((choice) => compare('=', operand, this.value(choice), choice.at))
    const sql = equal.map((each) => each.sql).join(' OR ')
    return {
      sql: node.negated ? `(NOT (${sql}))` : `(${sql})`,
      type: boolean,
      fails: equal.some((each) => each.fails),
      at: node.at,
    }
  }

  #between(node: Extract<Node, { kind: 'between' }>): Value {
    const operand = this.value(node.operand)
    const low = compare('>=', operand, this.value(node.low), node.at)
    const high = compare('<=', operand, this.value(node.high), node.at)
    return {
      sql: `(${node.negated ? 'NOT ' : ''}(${low.sql} AND ${high.sql}))`,
      type: boolean,
      fails: low.fails || high.fails,
      at: node.at,
    }
  }

  #like(node: Extract<Node, { kind: 'like' }>): Value {
    const operand = wantText(this.value(node.operand), '"like"')
    const pattern = wantText(this.value(node.pattern), '"like"')
    const word = `${node.negated ? 'NOT ' : ''}${node.ignoreCase ? 'ILIKE' : 'LIKE'}`
    return {
      sql: `(${operand.sql} ${word} ${pattern.sql})`,
      type: boolean,
      fails: operand.fails || pattern.fails,
      at: node.at,
    }
  }

  #case(node: Extract<Node, { kind: 'case' }>): Value {
    const conditions = node.branches.map((branch) => wantBoolean(this.value(branch.when), 'a condition'))
    const outcomes = node.branches.map((branch) => this.value(branch.then))
    outcomes.push(node.otherwise === null ? this.value({ kind: 'null', at: node.at }) : this.value(node.otherwise))
    const { args, type } = unify(outcomes, 'the results')
    const branches = conditions.map((condition, index) => `WHEN ${condition.sql} THEN ${(args[index] as Value).sql}`)
    const sql = `(CASE ${branches.join(' ')} ELSE ${(args.at(-1) as Value).sql} END)`
    return { sql, type, fails: [...conditions, ...args].some((each) => each.fails), at: node.at }
  }
}

function compare(operator: ComparisonOperator, left: Value, right: Value, at: number): Value {
  const sql = (a: Value, b: Value): Value => ({
    sql: `(${a.sql} ${operator.toUpperCase()} ${b.sql})`,
    type: boolean,
    fails: a.fails || b.fails,
    at,
  })
  if (left.literal?.kind === 'null' || right.literal?.kind === 'null') {
    if (!operator.startsWith('is')) throw mistake('nothing is equal to null; write "is null" or "is not null"', at)
  }
  if (isUnknown(left.type) && isUnknown(right.type))
    return sql(wantText(left, 'a comparison'), wantText(right, 'a comparison'))
  // Two JSON values are compared as texts: DuckDB would compare their spelling, quotes included.
  if (isJson(left.type) && isJson(right.type))
    return sql(wantText(left, 'a comparison'), wantText(right, 'a comparison'))
  const common = commonType(left.type, right.type)
  const type =
    common ?? (adapt(right, left.type) !== null ? left.type : adapt(left, right.type) !== null ? right.type : null)
  const [a, b] = type === null ? [null, null] : [adapt(left, type), adapt(right, type)]
  if (a === null || b === null) throw mistake(incomparable(left, right), at)
  return sql(a, b)
}

function incomparable(left: Value, right: Value): string {
  const [number, other] = isNumber(left.type) ? [left, right] : [right, left]
  if (isNumber(number.type) && isText(other.type)) {
    const hint =
      other.literal?.kind === 'text'
        ? 'write the number without quotes'
        : number.literal?.kind === 'number'
          ? `write '${number.literal.text}' in quotes`
          : 'cast one of them'
    return `${shownType(left.type)} is compared with ${shownType(right.type)}; ${hint}`
  }
  return `${shownType(left.type)} is compared with ${shownType(right.type)}; cast one of them`
}

/** SQL and type of a dotted path. `fault` makes the error that names the field and the nearest one. */
export function resolvePath(
  names: readonly string[],
  schema: Schema,
  fault: (message: string) => Error,
): { readonly sql: string; readonly type: DataType } {
  let fields = schema.fields
  let sql = ''
  let type: DataType | null = null
  for (const [index, name] of names.entries()) {
    if (type !== null && (isJson(type) || isUnknown(type)))
      return { sql: `json_extract(${sql}, ${quoteText(jsonPointer(names.slice(index)))})`, type: json }
    if (type?.kind === 'map') {
      if (!isText(type.key))
        throw fault(
          `"${names.slice(0, index).join('.')}" is a map whose keys are ${shownType(type.key)}; only text keys can be written as a path`,
        )
      sql = `map_extract_value(${sql}, ${quoteText(name)})`
      type = type.value
    } else {
      const field = fields.find((each) => each.name === name)
      if (field === undefined) throw fault(missingField(names, index, fields))
      sql = index === 0 ? quoteName(name) : `struct_extract(${sql}, ${quoteText(name)})`
      type = field.type
    }
    if (index === names.length - 1) break
    if (type.kind === 'list')
      throw fault(
        `"${names.slice(0, index + 1).join('.')}" is a list; flatten it first, then read "${names[index + 1]}" of its elements`,
      )
    if (type.kind === 'struct') fields = type.fields
    else if (type.kind !== 'map' && !isJson(type) && !isUnknown(type))
      throw fault(
        `"${names.slice(0, index + 1).join('.')}" is ${shownType(type)} and has no field "${names[index + 1]}"`,
      )
  }
  return { sql, type: type ?? unknown }
}

/** RFC 6901: `/a/b~1c`. Every name is data, none can be a wildcard. */
function jsonPointer(names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function missingField(names: readonly string[], index: number, fields: Schema['fields']): string {
  const name = names[index] ?? ''
  const known = fields.map((field) => field.name)
  const parent = names.slice(0, index).join('.')
  const inside = index === 0 ? '' : ` in "${parent}"`
  const prefix = index === 0 ? '' : `${parent}.`
  const fewer = known.length <= 12 ? ` Fields${inside} are ${known.join(', ')}` : ''
  const nested =
    index === 0
      ? fields
          .filter((field) => field.type.kind === 'struct' && field.type.fields.some((inner) => inner.name === name))
          .map((field) => `${field.name}.${name}`)
      : []
  const hint = nested.length > 0 ? ` Did you mean "${nested[0]}"?` : didYouMean(name, known).replace('"', `"${prefix}`)
  return `there is no field "${name}"${inside}.${hint}${fewer}`
}
