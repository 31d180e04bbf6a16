import { z } from 'zod'

/**
 * Config keys that Leat had to add, because the public surface has none. They are listed here and nowhere else;
 * the schemas of the connectors take them from this table and the configuration reference marks them as ours.
 */
export const ownSourceKeys = {
  'schema.drift.policy': z
    .enum(['evolve', 'quarantine', 'stop'])
    .default('evolve')
    .meta({
      title: 'When records stop fitting the schema',
      description:
        'evolve: new fields are added and types widen. quarantine: a record that does not fit is refused and kept; the schema stays. ' +
        'stop: the source stops with a message, and nothing of the file is committed',
    }),
  stable_after_ms: z.int().min(0).optional().meta({
    title: 'Wait until a file rests (ms)',
    description:
      'A file is read only when its last change is at least this long ago, so that one that is still being written is not half read',
  }),
} as const

/** Where an S3-compatible service is that is not Amazon's. Part of a credential, and accepted in a config as well. */
export const ownS3Keys = {
  endpoint: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as http://127.0.0.1:9000' })
    .optional()
    .meta({
      title: 'Endpoint',
      description: 'URL of an S3-compatible service, with protocol and port; absent for Amazon S3',
    }),
  path_style: z.boolean().optional().meta({
    title: 'Path-style addresses',
    description: 'Put the bucket in the path of the URL instead of the host name; true unless the endpoint is Amazon’s',
  }),
} as const
