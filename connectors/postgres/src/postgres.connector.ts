import { z } from 'zod'
import { connector, text } from '@leat/connector-kit'
import {
  changeCaptureFields,
  databaseCredentialAliases,
  databaseCredentialFields,
  noChangeCapture,
  sqlSinkFields,
  sqlSinkProblem,
  sqlSourceFields,
  sqlSourceProblem,
  tunnelFields,
  tunnelProblem,
  withRules,
} from '@leat/connector-kit/sql'

export const postgres = connector({
  type: 'postgres',
  title: 'PostgreSQL',
  description: 'Tables and queries of PostgreSQL 14 or newer, by COPY in both directions',
  category: 'database',
  credentials: withRules(
    z.strictObject({
      ...databaseCredentialFields,
      port: databaseCredentialFields.port.default(5432),
      database_name: text('Database', 'Name of the database'),
      ...tunnelFields,
    }),
    tunnelProblem,
  ),
  aliases: { credentials: databaseCredentialAliases },
  source: {
    options: withRules(
      z.strictObject({ ...sqlSourceFields, ...changeCaptureFields }),
      sqlSourceProblem,
      noChangeCapture,
    ),
    modes: ['poll'],
    lists_at_once: true,
  },
  sink: {
    options: withRules(z.strictObject(sqlSinkFields), sqlSinkProblem),
    accepts: ['rows', 'csv'],
    delivery: 'exactly_once',
    fences: true,
    staging: 'transaction',
    rejects_rows: true,
  },
  load: () => import('./postgres-driver.ts'),
})
