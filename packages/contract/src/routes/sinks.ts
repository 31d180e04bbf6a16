import { z } from 'zod'
import { copyOptions, deleted, getQuery, listQuery, treeQuery, writeQuery } from '../resources/common.ts'
import { activatedSink, sink, sinkCreate, sinkPlan, sinkUpdate } from '../resources/sink.ts'
import { route } from '../route.ts'
import { idParams } from '../values.ts'
import { needs } from './resource-access.ts'

const tag = 'data_sinks'
const one = { path: '/data_sinks/{id}', params: idParams, tag } as const

export const sinkRoutes = {
  list_sinks: route({
    method: 'GET',
    path: '/data_sinks',
    summary: 'Destinations that the caller may see',
    tag,
    query: listQuery,
    response: z.array(sink),
    access: 'member',
  }),
  create_sink: route({
    method: 'POST',
    path: '/data_sinks',
    summary: 'Create a destination of a nexset; it does nothing until it is activated',
    tag,
    query: writeQuery,
    body: sinkCreate,
    response: sink,
    access: 'member',
  }),
  get_sink: route({
    ...one,
    method: 'GET',
    summary: 'One destination',
    query: getQuery,
    response: sink,
    access: needs(tag, 'collaborator'),
  }),
  update_sink: route({
    ...one,
    method: 'PUT',
    summary: 'Change a destination; `sink_config` is replaced whole',
    query: writeQuery,
    body: sinkUpdate,
    response: sink,
    access: needs(tag, 'admin'),
  }),
  delete_sink: route({
    ...one,
    method: 'DELETE',
    summary: 'Delete a destination; what was delivered stays',
    response: deleted,
    access: needs(tag, 'owner'),
  }),
  activate_sink: route({
    method: 'PUT',
    path: '/data_sinks/{id}/activate',
    summary: 'Deliver from the cursor on',
    tag,
    params: idParams,
    query: treeQuery,
    response: activatedSink,
    access: needs(tag, 'operator'),
  }),
  pause_sink: route({
    method: 'PUT',
    path: '/data_sinks/{id}/pause',
    summary: 'Stop delivering at the next commit',
    tag,
    params: idParams,
    query: treeQuery,
    response: activatedSink,
    access: needs(tag, 'operator'),
  }),
  plan_sink: route({
    method: 'POST',
    path: '/data_sinks/{id}/plan',
    summary:
      'What the next delivery would change: statements, and rows inserted, updated and left alone; nothing of it is done',
    tag,
    params: idParams,
    response: sinkPlan,
    access: needs(tag, 'operator'),
  }),
  copy_sink: route({
    method: 'POST',
    path: '/data_sinks/{id}/copy',
    summary: 'Copy a destination, paused',
    tag,
    params: idParams,
    body: copyOptions.prefault({}),
    response: sink,
    access: needs(tag, 'collaborator'),
  }),
}
