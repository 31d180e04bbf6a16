import {
  connector,
  fileSinkAliases,
  fileSinkFields,
  fileSourceAliases,
  fileSourceFields,
  type Schema,
} from '@leat/connector-kit'
import { z } from 'zod'

const never = () => Promise.reject(new Error('the API does not load drivers in these tests'))

export const bucketStore = connector({
  type: 's3',
  title: 'Bucket store',
  description: 'Stands for a file store in tests of the API',
  category: 'file',
  credentials: z.strictObject({
    access_key: z.string().meta({ title: 'Access key' }),
    secret_key: z.string().meta({ title: 'Secret key', secret: true }),
    region: z.string().default('us-east-1').meta({ title: 'Region' }),
  }),
  aliases: {
    credentials: { access_key_id: 'access_key', secret_access_key: 'secret_key' },
    source: fileSourceAliases,
    sink: fileSinkAliases,
  },
  source: {
    options: z.strictObject({ ...fileSourceFields, path: z.string().meta({ title: 'Path' }) }),
    modes: ['poll'],
  },
  sink: {
    options: z.strictObject({ ...fileSinkFields, path: z.string().meta({ title: 'Path' }) }),
    accepts: ['parquet', 'csv', 'ndjson'],
    delivery: 'effectively_once',
    fences: false,
    rejects_rows: false,
  },
  load: never,
})

export const uploads = connector({
  type: 'file_upload',
  title: 'File upload',
  description: 'Stands for the upload source',
  category: 'file',
  source: {
    options: z.strictObject({ ...fileSourceFields, path: z.string().optional().meta({ title: 'Path' }) }),
    modes: ['push'],
  },
  load: never,
})

export const queue = connector({
  type: 'queue',
  title: 'Queue',
  description: 'Stands for an API that is asked once for each entry of a lookup',
  category: 'api',
  source: {
    options: z.strictObject({ keys: z.int().meta({ title: 'Lookup' }) }),
    modes: ['poll'],
    lookups: (options) => [{ field: 'keys', id: Number(options['keys']) }],
  },
  load: never,
})

export const orderSchema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'scalar', name: 'BIGINT' } },
    { name: 'total', type: { kind: 'decimal', precision: 18, scale: 2 } },
    {
      name: 'lines',
      type: {
        kind: 'list',
        element: { kind: 'struct', fields: [{ name: 'qty', type: { kind: 'scalar', name: 'INTEGER' } }] },
      },
    },
  ],
}
