import { createHash } from 'node:crypto'
import type { JsonObject, PlannedChange } from '../contract.ts'
import { Fault } from '../faults.ts'
import type { Field, Schema } from '../schema.ts'
import { columnType, nameLength, quoteName, typeNote, type SqlDialect, type StagedAs } from './dialect.ts'
import { sinkChoices } from './options.ts'
import { quoteTable, showTable, type Table, type TableColumn, type TablePath } from './table.ts'

/** One column that is written: which attribute goes where, and through which staging type. */
export interface TargetColumn {
  readonly field: Field
  /** Exact name in the table. */
  readonly name: string
  readonly sqlType: string
  readonly notNull: boolean
  readonly staged: StagedAs | null
}

export interface TablePlan {
  readonly table: TablePath
  readonly columns: readonly TargetColumn[]
  /** Exact names of the key columns; empty for INSERT. */
  readonly keys: readonly string[]
  readonly statements: readonly { readonly what: string; readonly ddl: string }[]
  /** Columns that the statements make: name -> type. */
  readonly made: Readonly<Record<string, string>>
  /** What the table cannot hold exactly, in words. */
  readonly notes: readonly string[]
}

export interface TablePlanRequest {
  readonly dialect: SqlDialect
  readonly path: TablePath
  /** Null: it does not exist. */
  readonly table: Table | null
  readonly schema: Schema
  readonly options: JsonObject
  /** Columns that Leat made earlier: they may be widened. */
  readonly made: Readonly<Record<string, string>>
}

/** What has to change in the table before rows of `schema` fit: create, add columns, widen. Throws when the options forbid it. Never narrows. */
export function planTable(request: TablePlanRequest): TablePlan {
  const { dialect, table, options } = request
  const { upsert, keys } = sinkChoices(options)
  const given = givenTypes(options)
  const wanted = request.schema.fields.map((field) => ({
    field,
    type: given.get(field.name) ?? columnType(dialect.types, field.type),
  }))
  const notes = wanted.flatMap(
    ({ field }) => typeNote(dialect.types, field.type)?.replaceAll('{column}', field.name) ?? [],
  )
  const path = table?.path ?? request.path
  if (table === null) return { ...createPlan(request, wanted, upsert ? keys : []), table: path, notes }
  const statements: { what: string; ddl: string }[] = []
  const made: Record<string, string> = { ...request.made }
  const columns = wanted.map(({ field, type }): TargetColumn => {
    const found = findColumn(dialect, table.columns, field.name)
    if (found !== null) return target(dialect, field, found, widen(request, found, type, statements, made))
    const name = newName(dialect, field.name)
    requireEvolving(request, field.name)
    const ddl = dialect.ddl.addColumn(quoteTable(dialect, path), `${quoteName(dialect, name)} ${type}`)
    statements.push({ what: `Add the column ${name} (${type}) to ${showTable(path)}.`, ddl })
    made[name] = type
    return { field, name, sqlType: type, notNull: false, staged: dialect.types.staged?.(type, field.type) ?? null }
  })
  requireValues(request, table, columns)
  return { table: path, columns, keys: upsert ? keyNames(request, columns, keys) : [], statements, made, notes }
}

function createPlan(
  request: TablePlanRequest,
  wanted: readonly { field: Field; type: string }[],
  keys: readonly string[],
): Pick<TablePlan, 'columns' | 'keys' | 'statements' | 'made'> {
  const { dialect, path, options } = request
  if (options['create_destination'] !== true) throw tableMissing(dialect, path)
  const key = new Set(keys)
  const columns = wanted.map(({ field, type }): TargetColumn => {
    const isKey = key.has(field.name)
    const sqlType = isKey && type === dialect.types.text ? (dialect.types.key ?? type) : type
    return {
      field,
      name: newName(dialect, field.name),
      sqlType,
      notNull: isKey,
      staged: dialect.types.staged?.(sqlType, field.type) ?? null,
    }
  })
  const names = keyNames(request, columns, keys)
  const ddl = dialect.ddl.createTable(
    quoteTable(dialect, path),
    columns.map(({ name, sqlType, notNull }) => `${quoteName(dialect, name)} ${sqlType}${notNull ? ' NOT NULL' : ''}`),
    { primaryKey: names.map((name) => quoteName(dialect, name)), options },
  )
  return {
    columns,
    keys: names,
    statements: [{ what: `Create the table ${showTable(path)} with ${columns.length} columns.`, ddl }],
    made: Object.fromEntries(columns.map(({ name, sqlType }) => [name, sqlType])),
  }
}

function target(dialect: SqlDialect, field: Field, found: TableColumn, sqlType: string): TargetColumn {
  if (found.generated)
    throw new Fault({
      kind: 'config',
      code: `${dialect.area}.column_generated`,
      field: 'mapping',
      message: `The column ${found.name} is computed by the database and cannot be written. Leave the attribute "${field.name}" out with a mapping.`,
    })
  return {
    field,
    name: found.name,
    sqlType,
    notNull: !found.nullable,
    staged: dialect.types.staged?.(sqlType, field.type) ?? null,
  }
}

/** As written; else the only column that differs in letter case. */
export function findColumn<T extends { readonly name: string }>(
  dialect: SqlDialect,
  columns: readonly T[],
  name: string,
): T | null {
  const wanted = newName(dialect, name)
  const exact = columns.find((column) => column.name === name) ?? columns.find((column) => column.name === wanted)
  if (exact !== undefined) return exact
  const close = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase())
  return close.length === 1 ? (close[0] as T) : null
}

/** Name of a new column. Plain lower-case names are written as the database folds them; too long ones are cut and keep a hash. */
export function newName(dialect: SqlDialect, name: string): string {
  const { folds, longest } = dialect.identifiers
  const folded = folds === 'upper' && /^[a-z_][a-z0-9_]*$/.test(name) ? name.toUpperCase() : name
  if (nameLength(dialect, folded) <= longest) return folded
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  let cut = folded
  while (nameLength(dialect, `${cut}_${hash}`) > longest) cut = [...cut].slice(0, -1).join('')
  return `${cut}_${hash}`
}

/** Only columns that Leat made, and only along a chain of types that lose nothing. */
function widen(
  request: TablePlanRequest,
  found: TableColumn,
  wanted: string,
  statements: { what: string; ddl: string }[],
  made: Record<string, string>,
): string {
  const { dialect, table, options } = request
  const before = made[found.name]
  if (before === undefined || before === wanted) return found.sqlType
  const never = dialect.types.neverWidens?.(before, wanted) ?? null
  if (never !== null) throw cannotWiden(request, found.name, never)
  if (!isWider(dialect, before, wanted)) return found.sqlType
  if (options['schema.drift.policy'] === 'stop') return found.sqlType
  const path = (table as Table).path
  const ddl = dialect.ddl.widenColumn(quoteTable(dialect, path), quoteName(dialect, found.name), wanted)
  statements.push({ what: `Widen the column ${found.name} of ${showTable(path)} from ${before} to ${wanted}.`, ddl })
  made[found.name] = wanted
  return wanted
}

function cannotWiden(request: TablePlanRequest, column: string, why: string): Fault {
  return new Fault({
    kind: 'data',
    code: `${request.dialect.area}.column_too_narrow`,
    field: 'table',
    message: `The column ${column} of ${showTable(request.path)} cannot hold what the nexset has by now: ${why}. Change the column by hand, map the attribute to another column, or cast it with a transform. Nothing was written.`,
  })
}

function isWider(dialect: SqlDialect, before: string, wanted: string): boolean {
  const base = (type: string): string =>
    type
      .toLowerCase()
      .replace(/\s*\(.*\)/, '')
      .trim()
  const size = (type: string): readonly [number, number] => {
    const [, precision = '0', scale = '0'] = /\((\d+)(?:\s*,\s*(\d+))?\)/.exec(type) ?? []
    return [Number(precision) - Number(scale), Number(scale)]
  }
  if (base(before) === base(wanted)) {
    const [whole, scale] = size(before)
    const [wantedWhole, wantedScale] = size(wanted)
    return wantedWhole >= whole && wantedScale >= scale && (wantedWhole > whole || wantedScale > scale)
  }
  return dialect.types.widening.some((chain) => {
    const [from, to] = [chain.indexOf(base(before)), chain.indexOf(base(wanted))]
    return from >= 0 && to > from
  })
}

/** Where a table is made that does not exist as written: in names as the database folds them. */
export function newPath(dialect: SqlDialect, path: TablePath): TablePath {
  const { database, schema, name } = path
  return {
    ...(database === undefined ? {} : { database: newName(dialect, database) }),
    ...(schema === undefined ? {} : { schema: newName(dialect, schema) }),
    name: newName(dialect, name),
  }
}

function keyNames(request: TablePlanRequest, columns: readonly TargetColumn[], keys: readonly string[]): string[] {
  return keys.map((key) => {
    const found = columns.find(({ field }) => field.name === key) ?? findColumn(request.dialect, columns, key)
    if (found !== null) return found.name
    throw new Fault({
      kind: 'config',
      code: `${request.dialect.area}.key_missing`,
      field: 'primary.key',
      message: `The key column "${key}" is not among the columns that are written: ${columns.map(({ name }) => name).join(', ')}.`,
    })
  })
}

function requireEvolving(request: TablePlanRequest, name: string): void {
  if (request.options['schema.drift.policy'] !== 'stop') return
  throw new Fault({
    kind: 'data',
    code: `${request.dialect.area}.column_missing`,
    field: 'schema.drift.policy',
    message: `The table ${showTable(request.path)} has no column for the attribute "${name}", and schema.drift.policy is "stop". Add the column, map the attribute, or allow "evolve".`,
  })
}

/** A column that must have a value and gets none would refuse every row. */
function requireValues(request: TablePlanRequest, table: Table, columns: readonly TargetColumn[]): void {
  const written = new Set(columns.map(({ name }) => name))
  const lacking = table.columns.find(
    (column) => !column.nullable && !column.hasDefault && !column.generated && !written.has(column.name),
  )
  if (lacking === undefined) return
  throw new Fault({
    kind: 'config',
    code: `${request.dialect.area}.column_without_value`,
    field: 'mapping',
    message: `The column ${lacking.name} of ${showTable(table.path)} takes no NULL and has no default, and no attribute goes into it. Map one to it, or give the column a default.`,
  })
}

/** `mapping: {mode: 'manual', mapping: {attribute: {column: TYPE}}}` -> column -> TYPE. */
function givenTypes(options: JsonObject): ReadonlyMap<string, string> {
  const mapping = options['mapping'] as JsonObject | undefined
  const types = new Map<string, string>()
  if (mapping?.['mode'] !== 'manual') return types
  for (const columns of Object.values((mapping['mapping'] ?? {}) as JsonObject))
    if (columns !== null && typeof columns === 'object' && !Array.isArray(columns))
      for (const [column, type] of Object.entries(columns as JsonObject))
        if (typeof type === 'string' && type !== '') types.set(column, checkedType(type))
  return types
}

/** A type is spliced into DDL: words, lengths and array brackets only. */
function checkedType(type: string): string {
  if (/^[A-Za-z][A-Za-z0-9_ ]*(\(\s*(\d+|max)\s*(,\s*\d+\s*)?\))?[A-Za-z ]*(\[\])*$/i.test(type.trim()))
    return type.trim()
  throw new Fault({
    kind: 'config',
    code: 'config.invalid',
    field: 'mapping',
    message: `The mapping gives the type ${JSON.stringify(type)}, which is no column type such as BIGINT, NUMERIC(18,2) or TEXT.`,
  })
}

export function tableMissing(dialect: SqlDialect, path: TablePath): Fault {
  return new Fault({
    kind: 'not_found',
    code: `${dialect.area}.table_missing`,
    field: 'table',
    message: `The table ${showTable(path)} does not exist. Create it, correct "table" (and "schema"), or set "create_destination": true to have it created.`,
  })
}

/** The plan for the columns that the table has, and those that it would get. */
export function splitPlan(
  plan: TablePlan,
  table: Table | null,
): { readonly present: TablePlan; readonly added: readonly TargetColumn[] } {
  const there = new Set(table?.columns.map(({ name }) => name))
  const isThere = ({ name }: TargetColumn): boolean => there.has(name)
  return {
    present: { ...plan, columns: plan.columns.filter(isThere) },
    added: plan.columns.filter((column) => !isThere(column)),
  }
}

/** The plan for a person. */
export function describePlan(dialect: SqlDialect, plan: TablePlan): PlannedChange[] {
  const changes: PlannedChange[] = plan.statements.map(({ what, ddl }) => ({ what, ddl }))
  const rows = plan.keys.length === 0 ? 'Insert rows into' : `Insert or update rows by ${plan.keys.join(', ')} in`
  changes.push({ what: `${rows} ${showTable(plan.table)}.` })
  for (const note of plan.notes) changes.push({ what: note })
  return changes
}
