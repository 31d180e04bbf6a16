import { z } from 'zod'
import { copyOptions, deleted, getQuery, listQuery, pageQuery, treeQuery, writeQuery } from '../resources/common.ts'
import { run, runDetail, uploadForm, uploadResult } from '../resources/run.ts'
import { activatedSource, source, sourceCreate, sourceUpdate } from '../resources/source.ts'
import { route } from '../route.ts'
import { idParams } from '../values.ts'
import { needs } from './resource-access.ts'

const tag = 'data_sources'
const one = { path: '/data_sources/{id}', params: idParams, tag } as const

export const sourceRoutes = {
  list_sources: route({
    method: 'GET',
    path: '/data_sources',
    summary: 'Sources that the caller may see',
    tag,
    query: listQuery,
    response: z.array(source),
    access: 'member',
  }),
  create_source: route({
    method: 'POST',
    path: '/data_sources',
    summary: 'Create a source; it does nothing until it is activated',
    tag,
    query: writeQuery,
    body: sourceCreate,
    response: source,
    access: 'member',
  }),
  get_source: route({
    ...one,
    method: 'GET',
    summary: 'One source',
    query: getQuery,
    response: source,
    access: needs(tag, 'collaborator'),
  }),
  update_source: route({
    ...one,
    method: 'PUT',
    summary: 'Change a source; `source_config` is replaced whole',
    query: writeQuery,
    body: sourceUpdate,
    response: source,
    access: needs(tag, 'admin'),
  }),
  delete_source: route({
    ...one,
    method: 'DELETE',
    summary: 'Delete a source with everything it detected',
    response: deleted,
    access: needs(tag, 'owner'),
  }),
  activate_source: route({
    method: 'PUT',
    path: '/data_sources/{id}/activate',
    summary: 'Start a source: answers after the first detection, or after 5 s',
    tag,
    params: idParams,
    query: treeQuery,
    response: activatedSource,
    access: needs(tag, 'operator'),
  }),
  pause_source: route({
    method: 'PUT',
    path: '/data_sources/{id}/pause',
    summary: 'Stop a source at its next commit',
    tag,
    params: idParams,
    query: treeQuery,
    response: activatedSource,
    access: needs(tag, 'operator'),
  }),
  copy_source: route({
    method: 'POST',
    path: '/data_sources/{id}/copy',
    summary: 'Copy a source, paused',
    tag,
    params: idParams,
    body: copyOptions.prefault({}),
    response: source,
    access: needs(tag, 'collaborator'),
  }),
  run_source: route({
    method: 'POST',
    path: '/data_sources/{id}/run',
    summary: 'Run now; the run that is under way, when there is one',
    tag,
    params: idParams,
    response: runDetail,
    access: needs(tag, 'operator'),
    public_api: false,
  }),
  list_source_runs: route({
    method: 'GET',
    path: '/data_sources/{id}/runs',
    summary: 'Runs of a source, newest first',
    tag,
    params: idParams,
    query: z.looseObject(pageQuery),
    response: z.array(run),
    access: needs(tag, 'collaborator'),
    public_api: false,
  }),
  upload_source_file: route({
    method: 'POST',
    path: '/data_sources/{id}/file_upload',
    summary: 'Hand files to a file_upload source',
    tag,
    params: idParams,
    body: uploadForm,
    body_type: 'multipart',
    response: uploadResult,
    access: needs(tag, 'operator'),
    public_api: false,
  }),
}
