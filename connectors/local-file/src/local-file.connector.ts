import { z } from 'zod'
import {
  connector,
  fileSinkAliases,
  fileSinkFields,
  fileSourceAliases,
  fileSourceFields,
  text,
} from '@leat/connector-kit'

export const localFile = connector({
  type: 'local_file',
  title: 'Local folder',
  description: 'Files in folders of the server that its operator named in LEAT_LOCAL_FOLDERS; off when there are none',
  category: 'file',
  aliases: { source: fileSourceAliases, sink: fileSinkAliases },
  source: {
    options: z.strictObject({
      ...fileSourceFields,
      path: text(
        'Path',
        'Folder to scan with everything below, or one file: absolute, or relative to an allowed folder',
      ),
    }),
    modes: ['poll'],
    seekable: true,
  },
  sink: {
    options: z.strictObject({
      ...fileSinkFields,
      path: text('Path', 'Folder to write below: absolute, or relative to an allowed folder'),
    }),
    accepts: ['parquet', 'csv', 'tsv', 'ndjson'],
    delivery: 'effectively_once',
    fences: false,
    rejects_rows: false,
  },
  telemetry: ['object read', 'object staged', 'object published'],
  load: () => import('./local-file-driver.ts'),
})
