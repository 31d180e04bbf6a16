import { connector } from '@leat/connector-kit'
import { snowflakeCredentialAliases, snowflakeCredentials } from './snowflake-credentials.ts'
import { snowflakeSinkOptions, snowflakeSourceOptions } from './snowflake-options.ts'

export const snowflake = connector({
  type: 'snowflake',
  title: 'Snowflake',
  description:
    'Tables and queries of a Snowflake account; rows are loaded through the stage of a transient table and merged by key',
  category: 'database',
  credentials: snowflakeCredentials,
  aliases: { credentials: snowflakeCredentialAliases, source: { start_cron: 'start.cron' } },
  source: { options: snowflakeSourceOptions, modes: ['poll'] },
  sink: {
    options: snowflakeSinkOptions,
    accepts: ['csv', 'rows'],
    delivery: 'exactly_once',
    fences: true,
    rejects_rows: true,
  },
  load: () => import('./snowflake-driver.ts'),
})
