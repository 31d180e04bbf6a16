import { z } from 'zod'
import { connector, text } from '../../src/index.ts'
import {
  sqlConnection,
  sqlSinkFields,
  sqlSinkProblem,
  sqlSourceFields,
  sqlSourceProblem,
  withRules,
} from '../../src/sql/index.ts'

export const sqlite = connector({
  type: 'sqlite',
  title: 'SQLite',
  description: 'Tables of a file of SQLite: what the SQL kit needs of a database that resembles none of the others',
  category: 'database',
  credentials: z.strictObject({ path: text('File', 'Path of the database') }),
  source: { options: withRules(z.strictObject(sqlSourceFields), sqlSourceProblem), modes: ['poll'] },
  sink: {
    options: withRules(z.strictObject(sqlSinkFields), sqlSinkProblem),
    accepts: ['csv', 'rows'],
    delivery: 'exactly_once',
    fences: true,
    rejects_rows: true,
  },
  load: async () => {
    const { SqliteDatabase } = await import('./sqlite-database.ts')
    return { connect: async ({ path }) => sqlConnection(new SqliteDatabase(String(path))) }
  },
})
