import { connector, fileSinkAliases, fileSourceAliases } from '@leat/connector-kit'
import { memoryCredentials, memorySinkOptions, memorySourceOptions } from './memory-options.ts'

/** Source and sink in the memory of this process, or in a folder: the smallest connector that keeps every promise. */
export const memory = connector({
  type: 'memory',
  title: 'Memory',
  description: 'Objects and rows in the memory of one process, for tests and as the model of a connector',
  category: 'special',
  credentials: memoryCredentials,
  aliases: { source: fileSourceAliases, sink: fileSinkAliases },
  source: { options: memorySourceOptions, modes: ['poll'], seekable: true },
  sink: {
    options: memorySinkOptions,
    accepts: ['rows', 'parquet', 'csv', 'tsv', 'ndjson'],
    delivery: 'exactly_once',
    fences: true,
    rejects_rows: true,
  },
  telemetry: ['object read', 'object staged', 'object published'],
  load: () => import('./memory-driver.ts'),
})
