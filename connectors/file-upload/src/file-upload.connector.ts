import { z } from 'zod'
import { connector, fileSourceAliases, fileSourceFields, text } from '@leat/connector-kit'

export const fileUpload = connector({
  type: 'file_upload',
  title: 'File upload',
  description: 'Files that are sent to the API or dropped on the page of the source',
  category: 'file',
  aliases: { source: fileSourceAliases },
  source: {
    options: z.strictObject({
      ...fileSourceFields,
      path: text('Path', 'Asked for by some clients; has no effect, because a source reads its own uploads').optional(),
    }),
    modes: ['push'],
    seekable: true,
  },
  telemetry: ['object read'],
  load: () => import('./file-upload-driver.ts'),
})
