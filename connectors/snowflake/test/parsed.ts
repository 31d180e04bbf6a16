import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { SnowflakeServer } from '../../../tools/peers/fakesnow.ts'
import { isMissing, peer } from '../../../tools/peers/peer.ts'

/**
 * Two statements that Snowflake has and sqlglot does not know, and one that only a test sends:
 * https://docs.snowflake.com/en/sql-reference/sql/show-transactions and https://docs.snowflake.com/en/sql-reference/sql/begin
 */
const unknownToSqlglot = /^(SHOW TRANSACTIONS|SHOW PARAMETERS|BEGIN TRANSACTION NAME [a-z0-9_]+)$/

/**
 * Every statement that was sent is Snowflake's SQL as sqlglot understands it, since the fake is more tolerant than the service. Options of COPY and
 * PUT are not checked by it.
 */
export async function requireParsed(
  server: SnowflakeServer,
  context: TestContext,
  atLeast: readonly RegExp[],
): Promise<void> {
  const found = await peer('sqlglot')
  if (isMissing(found)) return context.skip(found.missing)
  const parser = found.start()
  try {
    const statements = await server.sent()
    for (const kind of atLeast)
      assert.ok(
        statements.some((sql) => kind.test(sql)),
        `no statement like ${kind} was sent`,
      )
    const problems: string[] = []
    for (const sql of statements) {
      if (unknownToSqlglot.test(sql)) continue
      const problem = await parser.problem('snowflake', sql)
      if (problem !== null) problems.push(`${problem}: ${sql}`)
    }
    assert.deepEqual(problems, [])
  } finally {
    await parser.stop()
  }
}
