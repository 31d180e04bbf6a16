import { conformance } from '@leat/connector-kit/conformance'
import { memory } from '../src/index.ts'
import { inFolder, inProcess } from './conditions.ts'

conformance(memory, { peer: { kind: 'in process', name: 'memory, objects and rows' }, setup: () => inProcess() })
conformance(memory, {
  peer: { kind: 'in process', name: 'memory, rows and files' },
  setup: () => inProcess({ deliver_as: 'rows' }, { data_format: 'parquet' }),
  parts: ['source', 'sink'],
})
conformance(memory, { peer: { kind: 'in process', name: 'folder, objects and rows' }, setup: () => inFolder() })
conformance(memory, {
  peer: { kind: 'in process', name: 'folder, rows and files' },
  setup: () => inFolder({ deliver_as: 'rows' }, { data_format: 'parquet' }),
  parts: ['source', 'sink'],
})
