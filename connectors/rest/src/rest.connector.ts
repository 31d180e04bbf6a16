import { connector } from '@leat/connector-kit'
import { restCredentials } from './rest-credentials.ts'
import { restSinkOptions } from './sink/sink-options.ts'
import { lookupsOf, restSourceOptions } from './source-options.ts'

export const rest = connector({
  type: 'rest',
  title: 'REST API',
  description: 'Any HTTP API: requests from templates, page after page',
  category: 'api',
  credentials: restCredentials,
  credentials_optional: true,
  sink: {
    options: restSinkOptions,
    accepts: ['ndjson'],
    delivery: 'at_least_once',
    fences: false,
    rejects_rows: true,
    keeps_answers: 'create.datasource',
  },
  source: { options: restSourceOptions, modes: ['poll', 'stream'], lookups: lookupsOf },
  load: () => import('./rest-driver.ts'),
})
