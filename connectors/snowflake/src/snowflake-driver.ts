import type { ConnectContext, Connection, JsonObject } from '@leat/connector-kit'
import { sqlConnection } from '@leat/connector-kit/sql'
import { abortOpenTransactions, transactionName } from './open-transactions.ts'
import { listTables, requireSchema } from './snowflake-catalog.ts'
import { snowflakeDatabase, withOptions } from './snowflake-database.ts'
import { folded } from './snowflake-names.ts'
import { SnowflakeSession } from './snowflake-session.ts'
import { snowflakeSettings } from './snowflake-settings.ts'

/** Driver of `snowflake`: the kit's connection, with a role per sink and without transactions of dead processes. */
export async function connect(credentials: JsonObject, context: ConnectContext): Promise<Connection> {
  const settings = snowflakeSettings(credentials)
  const reading = sqlConnection(snowflakeDatabase(settings))
  const forSink = (options: JsonObject, transaction?: string): Connection =>
    sqlConnection(snowflakeDatabase(withOptions(settings, options), transaction))
  return {
    ...reading,
    async check() {
      await using session = await SnowflakeSession.open(settings, context.signal)
      const { database, schema, warehouse } = settings
      if (database !== undefined) await listTables(session, { limit: 1 }, folded(database))
      if (database !== undefined && schema !== undefined) await requireSchema(session, folded(database), folded(schema))
      if (database === undefined && warehouse !== undefined)
        await session.rows('SELECT CURRENT_WAREHOUSE() AS "warehouse"')
    },
    openWriter: async (request) => {
      const { id, epoch, options, signal } = request
      {
        await using session = await SnowflakeSession.open(withOptions(settings, options), signal)
        await abortOpenTransactions(session, id, epoch)
      }
      const { openWriter } = forSink(options, transactionName(id, epoch))
      return await (openWriter as NonNullable<typeof openWriter>)(request)
    },
    plan: async (request) => (await forSink(request.options).plan?.(request)) ?? [],
    planRows: async (request) => {
      const { planRows } = forSink(request.options)
      return await (planRows as NonNullable<typeof planRows>)(request)
    },
    [Symbol.asyncDispose]: async () => {},
  }
}
