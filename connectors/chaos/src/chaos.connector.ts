import { connector, fileSinkAliases, fileSourceAliases } from '@leat/connector-kit'
import { memoryCredentials, memorySinkOptions, memorySourceOptions } from '@leat/connector-memory/options'
import { z } from 'zod'
import { failuresField } from './failure-options.ts'

/**
 * The memory connector with failures as settings. With `folder` in the credential its destination is a folder with a manifest, so
 * that a test can kill a process at any step of a delivery and look at what a reader sees afterwards.
 */
export const chaos = connector({
  type: 'chaos',
  title: 'Chaos',
  description: 'The memory connector, failing as planned; for tests of the engine',
  category: 'special',
  aliases: { source: fileSourceAliases, sink: fileSinkAliases },
  credentials: z.strictObject({ ...memoryCredentials.shape, ...failuresField }),
  source: {
    options: z.strictObject({ ...memorySourceOptions.shape, ...failuresField }),
    modes: ['poll'],
    seekable: true,
  },
  sink: {
    options: z.strictObject({ ...memorySinkOptions.shape, ...failuresField }),
    accepts: ['rows', 'parquet', 'csv', 'tsv', 'ndjson'],
    delivery: 'exactly_once',
    fences: true,
    rejects_rows: true,
  },
  load: () => import('./chaos-driver.ts'),
})
