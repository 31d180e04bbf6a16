import { connector, fileSinkAliases, fileSourceAliases, s3CredentialAliases } from '@leat/connector-kit'
import { s3Credentials, s3SinkOptions, s3SourceOptions } from './s3-schemas.ts'

export const s3 = connector({
  type: 's3',
  title: 'Amazon S3',
  description: 'Files in buckets of Amazon S3, and of services that speak its protocol when an endpoint is given',
  category: 'file',
  accepts_credentials: ['min_io_s3'],
  credentials: s3Credentials,
  aliases: { credentials: s3CredentialAliases, source: fileSourceAliases, sink: fileSinkAliases },
  source: { options: s3SourceOptions, modes: ['poll'], seekable: true },
  sink: {
    options: s3SinkOptions,
    accepts: ['parquet', 'csv', 'tsv', 'ndjson'],
    delivery: 'effectively_once',
    fences: false,
    rejects_rows: false,
  },
  telemetry: ['object read', 'object staged', 'object published'],
  load: () => import('./s3-driver.ts'),
})
