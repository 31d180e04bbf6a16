import { configFault } from '../config-fault.ts'
import { didYouMean } from '../did-you-mean.ts'
import { allowedFunctions } from './allowed-functions.ts'
import { parseSelect, type Tree } from './parse-select.ts'

/** SQL that was found to read nothing but the relations it was given. */
export interface ConfinedSelect {
  /** One SELECT without a trailing semicolon; safe to stand in parentheses. */
  readonly sql: string
  /** Those of the allowed relations that it reads, spelled as allowed. */
  readonly relations: readonly string[]
}

const queries = new Set(['SELECT_NODE', 'SET_OPERATION_NODE', 'CTE_NODE'])
const relations = new Set([
  'BASE_TABLE',
  'JOIN',
  'SUBQUERY',
  'EXPRESSION_LIST',
  'EMPTY',
  'EMPTY_FROM',
  'TABLE_FUNCTION',
  'PIVOT',
])
const modifiers = new Set([
  'ORDER_MODIFIER',
  'LIMIT_MODIFIER',
  'LIMIT_PERCENT_MODIFIER',
  'DISTINCT_MODIFIER',
  'ORDER_DEFAULT',
  'ASCENDING',
  'DESCENDING',
  'ORDER_ASCENDING',
  'ORDER_DESCENDING',
])
const expressions = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'LAMBDA',
  'LAMBDA_REF',
  'OPERATOR',
  'POSITIONAL_REFERENCE',
  'STAR',
  'SUBQUERY',
  'WINDOW',
  'TYPE',
])
const typeInfos = new Set([
  'DECIMAL_TYPE_INFO',
  'STRUCT_TYPE_INFO',
  'LIST_TYPE_INFO',
  'ARRAY_TYPE_INFO',
  'UNBOUND_TYPE_INFO',
])
const typeIds = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'UHUGEINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'VARCHAR',
  'BLOB',
  'UUID',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE',
  'TIME WITH TIME ZONE',
  'TIMESTAMP_NS',
  'TIMESTAMP_MS',
  'TIMESTAMP_S',
  'INTERVAL',
  'STRUCT',
  'LIST',
  'ARRAY',
  'MAP',
  'NULL',
  '"NULL"',
  'SQLNULL',
  'ENUM',
  'UNBOUND',
])
const namedTypes = new Set(['json', 'enum', 'uuid', 'varchar', 'decimal', 'numeric', 'map', 'bignum', 'text', 'string'])
const collations = new Set(['nocase', 'noaccent', 'nfc', 'c', 'posix', 'binary'])
/** Names that DuckDB reads as a function call where no column has them. */
const hiddenFunctions = new Set([
  'current_catalog',
  'current_date',
  'current_role',
  'current_schema',
  'current_time',
  'current_timestamp',
  'current_user',
  'localtime',
  'localtimestamp',
  'session_user',
])
const longest = 100_000
/**
 * DuckDB plans in cubic time of the depth of an expression (500 operands: half a minute) and in quadratic time of the columns, and hears no
 * interrupt meanwhile. What stays below these takes a few seconds at most. `work` is the sum of the squares of the depths of all parts;
 * `stars` counts those beside another in one list: `SELECT *, * FROM (SELECT *, * FROM …` doubles the columns with each level.
 */
const most = { depth: 200, columns: 2_000, queries: 500, parts: 30_000, work: 10_000_000, stars: 6 } as const

/**
 * Lets one SELECT through that reads only `allowed` relations and its own CTEs and calls only listed functions. Works on DuckDB's own
 * syntax tree and knows what is allowed, not what is forbidden: an unknown kind of node is refused. Whoever runs the statement still
 * switches external access off and locks the configuration: two walls, not one.
 *
 * Throws config faults `transform.sql_invalid` (does not parse, more than one statement, not a SELECT) and `transform.sql_forbidden`.
 */
export function confineSelect(sql: string, allowed: Iterable<string>, field = 'sql'): ConfinedSelect {
  if (sql.trim() === '') throw configFault('sql_invalid', field, 'is empty; write a SELECT')
  if (sql.length > longest)
    throw configFault('sql_invalid', field, `is ${sql.length} characters long; ${longest} are allowed`)
  if (sql.includes('\0')) throw configFault('sql_invalid', field, 'a NUL character cannot stand in SQL')
  const plain = sql.trim().replace(/;+\s*$/, '')
  const names = new Map([...allowed].map((name) => [name.toLowerCase(), name]))
  const walk = new Walk(names, field)
  walk.visit(parseSelect(plain, field), new Set(names.keys()))
  return { sql: plain, relations: [...walk.used] }
}

class Walk {
  readonly used = new Set<string>()
  readonly #names: ReadonlyMap<string, string>
  readonly #field: string
  #depth = 0
  #parts = 0
  #queries = 0
  #work = 0
  #stars = 0

  constructor(names: ReadonlyMap<string, string>, field: string) {
    this.#names = names
    this.#field = field
  }

  /** `scope`: lower-case names of the relations that can be seen from here. */
  visit(value: unknown, scope: ReadonlySet<string>): void {
    if (Array.isArray(value)) {
      for (const each of value) this.visit(each, scope)
    } else if (typeof value === 'object' && value !== null) {
      this.#object(value as Tree, scope)
    }
  }

  #object(node: Tree, scope: ReadonlySet<string>): void {
    if (isValue(node)) return
    if (node['type_info'] !== undefined && typeof node['id'] === 'string') return this.#type(node)
    this.#count(node)
    if (typeof node['class'] === 'string') this.#expression(node, node['class'])
    else if (typeof node['type'] === 'string') this.#relation(node, node['type'], scope)
    if (truthy(node['sample'])) throw this.#forbidden('a sample is different each time')
    const nests = typeof node['class'] === 'string' || queries.has(String(node['type']))
    if (nests && ++this.#depth > most.depth) throw this.#forbidden(tooMuch('levels of nesting', most.depth))
    const inner = this.#withCtes(node, scope)
    for (const [key, child] of Object.entries(node)) if (key !== 'cte_map') this.visit(child, inner)
    if (nests) this.#depth--
  }

  #count(node: Tree): void {
    if (++this.#parts > most.parts) throw this.#forbidden(tooMuch('parts', most.parts))
    if (queries.has(String(node['type'])) && ++this.#queries > most.queries)
      throw this.#forbidden(tooMuch('SELECTs', most.queries))
    if ((this.#work += this.#depth ** 2) > most.work)
      throw this.#forbidden('too many parts are nested deeply; split it into several nexsets')
    const columns = node['select_list']
    if (!Array.isArray(columns)) return
    if (columns.length > most.columns) throw this.#forbidden(tooMuch('columns in one SELECT', most.columns))
    this.#stars += Math.max(0, columns.filter((column) => (column as Tree)['class'] === 'STAR').length - 1)
    if (this.#stars > most.stars) throw this.#forbidden(tooMuch('stars beside others', most.stars))
  }

  /** A CTE sees the ones before it, never itself: otherwise its name would reach a table of the catalog. */
  #withCtes(node: Tree, scope: ReadonlySet<string>): ReadonlySet<string> {
    const map = (node['cte_map'] as { map?: readonly { key: string; value: Tree }[] } | undefined)?.map
    if (map === undefined || map.length === 0) return scope
    const inner = new Set(scope)
    for (const { key, value } of map) {
      this.visit(value, new Set(inner))
      inner.add(key.toLowerCase())
    }
    return inner
  }

  #expression(node: Tree, kind: string): void {
    if (!expressions.has(kind))
      throw this.#forbidden(`${kind.toLowerCase().replaceAll('_', ' ')} expressions are not allowed`)
    if (kind === 'FUNCTION' || kind === 'WINDOW') this.#function(node)
    if (kind === 'COLLATE' && !collations.has(String(node['collation']).toLowerCase()))
      throw this.#forbidden(`the collation ${String(node['collation'])} is not allowed`)
    const names = node['column_names']
    if (
      kind === 'COLUMN_REF' &&
      Array.isArray(names) &&
      names.length === 1 &&
      hiddenFunctions.has(String(names[0]).toLowerCase())
    )
      throw this.#forbidden(
        `${String(names[0])} is a function of the session; a column of that name is written with its table's name before it`,
      )
  }

  #function(node: Tree): void {
    const name = String(node['function_name']).toLowerCase()
    const schema = String(node['schema'] ?? '')
    if ((schema !== '' && schema !== 'main') || String(node['catalog'] ?? '') !== '')
      throw this.#forbidden(`functions have plain names, not ${schema}.${name}`)
    if (!allowedFunctions.has(name))
      throw this.#forbidden(`the function ${name} is not allowed here.${didYouMean(name, allowedFunctions)}`)
  }

  #relation(node: Tree, kind: string, scope: ReadonlySet<string>): void {
    if (queries.has(kind) || modifiers.has(kind)) return
    if (kind === 'RECURSIVE_CTE_NODE') throw this.#forbidden('a recursive CTE may never end')
    if (!relations.has(kind)) throw this.#forbidden(`${kind.toLowerCase().replaceAll('_', ' ')} is not allowed here`)
    if (kind === 'TABLE_FUNCTION') this.#tableFunction(node)
    if (kind === 'BASE_TABLE') this.#table(node, scope)
    if (
      kind === 'PIVOT' &&
      (node['pivots'] as readonly Tree[] | undefined)?.some((pivot) => String(pivot['pivot_enum'] ?? '') !== '')
    )
      throw this.#forbidden('a pivot on a named enum is not allowed')
  }

  #tableFunction(node: Tree): void {
    const call = node['function'] as Tree | undefined
    const name = String(call?.['function_name'] ?? '').toLowerCase()
    if (call?.['class'] !== 'FUNCTION' || name !== 'unnest')
      throw this.#forbidden(`the table function ${name || '?'} is not allowed; only unnest is`)
  }

  #table(node: Tree, scope: ReadonlySet<string>): void {
    const name = String(node['table_name'])
    const qualifier = [node['catalog_name'], node['schema_name']].filter(truthy).join('.')
    if (qualifier !== '')
      throw this.#forbidden(`${qualifier}.${name} is not a relation of this query; it reads ${this.#choices()}`)
    if (truthy(node['at_clause'])) throw this.#forbidden('AT is not allowed')
    if (!scope.has(name.toLowerCase())) {
      throw this.#forbidden(
        `there is no relation "${name}" here.${didYouMean(name, this.#names.values())}${this.#names.size === 0 ? '' : ` Possible here: ${this.#choices()}.`}`,
      )
    }
    const known = this.#names.get(name.toLowerCase())
    if (known !== undefined) this.used.add(known)
  }

  #type(node: Tree): void {
    if (!typeIds.has(String(node['id']))) throw this.#forbidden(`the type ${String(node['id'])} is not allowed`)
    const info = node['type_info'] as Tree | null
    if (info === null || info === undefined) return
    if (!typeInfos.has(String(info['type']))) throw this.#forbidden(`the type ${String(node['id'])} is not allowed`)
    if (info['type'] === 'UNBOUND_TYPE_INFO') {
      const name = String(info['name']).toLowerCase()
      if (truthy(info['catalog']) || truthy(info['schema']) || !namedTypes.has(name))
        throw this.#forbidden(`there is no type "${name}".${didYouMean(name, namedTypes)}`)
    }
    for (const child of typesIn(info)) this.#type(child)
  }

  #choices(): string {
    const names = [...this.#names.values()]
    return names.length === 0 ? 'no relation' : names.slice(0, 20).join(', ')
  }

  #forbidden(message: string): Error {
    return configFault('sql_forbidden', this.#field, message)
  }
}

/** A literal: `{type: {id}, is_null, value}`. Data, never SQL. */
function isValue(node: Tree): boolean {
  return typeof node['is_null'] === 'boolean' && typeof node['type'] === 'object'
}

function typesIn(info: Tree): readonly Tree[] {
  const children = [
    info['child_type'],
    ...((info['child_types'] as readonly Tree[] | undefined) ?? []).map((each) => each['second']),
  ]
  return children.filter((each): each is Tree => typeof each === 'object' && each !== null)
}

function tooMuch(what: string, limit: number): string {
  return `there are more than ${limit} ${what}; split it into several nexsets`
}

function truthy(value: unknown): boolean {
  return value !== null && value !== undefined && value !== ''
}
