import { createHash, randomBytes } from 'node:crypto'
import type { BatchForm, EncodedFile, Json, RowBatch } from '../contract.ts'
import type { SqlDatabase, SqlSession } from './database.ts'
import { nameLength, quoteName, type SqlDialect } from './dialect.ts'
import { ordinalColumn } from './merge-sql.ts'
import { quoteTable, type TablePath } from './table.ts'
import type { TablePlan } from './table-plan.ts'

/** Staging tables carry sink, epoch and a random part in their name, so that a sweep knows whose they are. */
export function stagePrefix(dialect: SqlDialect, id: string): string {
  const plain = id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  const prefix = `_leat_stage_${plain}_`
  if (nameLength(dialect, prefix) <= dialect.identifiers.longest - 24) return prefix
  return `_leat_stage_${createHash('sha256').update(id).digest('hex').slice(0, 12)}_`
}

export function newStageName(dialect: SqlDialect, id: string, epoch: number): string {
  return `${stagePrefix(dialect, id)}${epoch}_${randomBytes(4).toString('hex')}`
}

/** Epoch of a staging table by its name; null: not one of this sink. */
export function epochOfStage(dialect: SqlDialect, id: string, name: string): number | null {
  const prefix = stagePrefix(dialect, id)
  const match = name.startsWith(prefix) ? /^(\d+)_[0-9a-f]{8}$/.exec(name.slice(prefix.length)) : null
  return match === null ? null : Number(match[1])
}

/** Creates an empty staging table: the plan's columns (all as text, when `asText`) and the ordinal. */
export async function createStage(
  db: SqlDatabase,
  session: SqlSession,
  plan: TablePlan,
  stage: TablePath,
  asText: boolean,
): Promise<void> {
  const { dialect } = db
  const { ddl, types } = dialect
  const columns = plan.columns.map(({ name, sqlType, notNull, staged }) => {
    const type = asText ? types.text : (staged?.sqlType ?? sqlType)
    return `${quoteName(dialect, name)} ${type}${notNull && !asText ? ' NOT NULL' : ''}`
  })
  columns.push(`${quoteName(dialect, ordinalColumn)} ${types.scalars.BIGINT}`)
  await session.execute(ddl.createStage(quoteTable(dialect, stage), columns))
}

/** Quoted columns of a staging table, in order. */
export function stageColumns(dialect: SqlDialect, plan: TablePlan): string[] {
  return [...plan.columns.map(({ name }) => quoteName(dialect, name)), quoteName(dialect, ordinalColumn)]
}

/** A batch of rows as the file that the engine would have made of it. */
export function rowsAsFile(batch: RowBatch, { encoding, blob, ordinal: position }: BatchForm): EncodedFile {
  const lines = batch.rows.map((row, ordinal) => {
    const last = position === undefined ? {} : { [position]: ordinal }
    if (encoding !== 'csv') return JSON.stringify({ ...row, ...last })
    const values = batch.schema.fields.map(({ name, type }) => {
      const value = row[name] ?? null
      return csvField(type.kind === 'scalar' && type.name === 'BLOB' ? bytesAs(value, blob) : value)
    })
    return [...values, ...Object.values(last)].join(',')
  })
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  return {
    name: 'rows',
    encoding: encoding === 'csv' ? 'csv' : 'ndjson',
    bytes: bytes.length,
    rows: batch.rows.length,
    async *open() {
      yield bytes
    },
  }
}

/** A row has its bytes as base64. */
function bytesAs(value: Json, blob: BatchForm['blob']): Json {
  if (typeof value !== 'string' || blob === undefined || blob === 'base64') return value
  return `${blob === 'hex_prefixed' ? '\\x' : ''}${Buffer.from(value, 'base64').toString('hex')}`
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
  return text === '' || /[",\r\n\\]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
