import type { CompiledTransform } from '../api.ts'
import { confineSelect } from './confine-select.ts'

/** The parent's records in a SQL transform: `{nexset_this}`, or just nexset_this. */
const parentName = 'nexset_this'

/** Replaces the placeholder by a plain name, so that the statement parses. */
export function confineTransform(code: string, field: string): string {
  const named = code.replaceAll(/\{\s*nexset_this\s*\}/gi, parentName)
  return confineSelect(named, [parentName], field).sql
}

/** A SELECT over each batch of new records. Any failing expression fails the batch: SQL has no record to blame. */
export function compileSql(code: string, field: string): CompiledTransform {
  const sql = confineTransform(code, field)
  return {
    schema: null,
    select: (relation) =>
      `WITH ${parentName} AS (SELECT * FROM ${relation}) SELECT * FROM (\n${sql}\n) AS "_leat_rows"`,
    tolerantSelect: null,
    changesCardinality: true,
  }
}
