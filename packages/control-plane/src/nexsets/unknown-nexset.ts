import { Fault, nearest } from '@leat/connector-kit'
import { sql } from 'kysely'
import { mayOn, resourceRows } from '../access/roles.ts'
import type { Caller } from '../auth/tokens.ts'
import type { Database } from '../database/connection.ts'

/** As the check of SQL says it. */
const unknownRelation = /there is no relation "([^"]*)" here/
const mostLooked = 1000
const mostTold = 10

/** What a query threw; when it reads a relation that is not there, with the nexsets that are and that the caller may read. */
export async function withNexsets(thrown: unknown, db: Database, caller: Caller): Promise<unknown> {
  const name = thrown instanceof Fault ? unknownRelation.exec(thrown.message)?.[1] : undefined
  if (name === undefined) return thrown
  const { rows } = await sql<{ id: number; name: string }>`
    select r.id, d.name from ${resourceRows('data_sets')} r join data_set d on d.id = r.id
    where ${mayOn(caller, 'data_sets', 'collaborator')} order by r.id desc limit ${mostLooked}`.execute(db)
  const said = (row: { id: number; name: string }): string => `nexset_${row.id} (${row.name})`
  const near =
    rows.find(
      (row) =>
        `nexset_${row.id}` ===
        nearest(
          name,
          rows.map(({ id }) => `nexset_${id}`),
        ),
    ) ??
    rows.find(
      (row) =>
        row.name ===
        nearest(
          name,
          rows.map((each) => each.name),
        ),
    )
  const others = rows.filter((row) => row !== near)
  const told = others.slice(0, mostTold).map(said).join(', ')
  const more = others.length > mostTold ? ' …' : ''
  const choices =
    rows.length === 0
      ? ' You may read no nexset yet: one is made by the first run of a source.'
      : `${near === undefined ? '' : ` Did you mean ${said(near)}?`}${told === '' ? '' : ` ${near === undefined ? 'There are' : 'There are also'} ${told}${more}.`}`
  return new Fault({
    kind: 'config',
    code: 'sql.unknown_table',
    field: 'query',
    message: `query: there is no nexset "${name}" that you may read.${choices}`,
    cause: thrown,
  })
}
