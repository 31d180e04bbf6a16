import { z } from 'zod'
import { deleted, getQuery, listQuery, treeQuery, writeQuery } from '../resources/common.ts'
import {
  activatedNexset,
  nexset,
  nexsetCopyOptions,
  nexsetCreate,
  nexsetUpdate,
  samples,
  samplesQuery,
} from '../resources/nexset.ts'
import { route } from '../route.ts'
import { idParams } from '../values.ts'
import { needs } from './resource-access.ts'

const tag = 'data_sets'
const one = { path: '/data_sets/{id}', params: idParams, tag } as const

export const nexsetRoutes = {
  list_nexsets: route({
    method: 'GET',
    path: '/data_sets',
    summary: 'Nexsets that the caller may see',
    tag,
    query: listQuery,
    response: z.array(nexset),
    access: 'member',
  }),
  create_nexset: route({
    method: 'POST',
    path: '/data_sets',
    summary: 'Derive a nexset from another with a transform',
    tag,
    query: writeQuery,
    body: nexsetCreate,
    response: nexset,
    access: 'member',
  }),
  get_nexset: route({
    ...one,
    method: 'GET',
    summary: 'One nexset with its schema',
    query: getQuery,
    response: nexset,
    access: needs(tag, 'collaborator'),
  }),
  update_nexset: route({
    ...one,
    method: 'PUT',
    summary: 'Change a nexset; a new transform holds for records that come later',
    query: writeQuery,
    body: nexsetUpdate,
    response: nexset,
    access: needs(tag, 'admin'),
  }),
  delete_nexset: route({
    ...one,
    method: 'DELETE',
    summary: 'Delete a nexset and everything derived from it',
    response: deleted,
    access: needs(tag, 'owner'),
  }),
  activate_nexset: route({
    method: 'PUT',
    path: '/data_sets/{id}/activate',
    summary: 'Follow the parent from the cursor',
    tag,
    params: idParams,
    query: treeQuery,
    response: activatedNexset,
    access: needs(tag, 'operator'),
  }),
  pause_nexset: route({
    method: 'PUT',
    path: '/data_sets/{id}/pause',
    summary: 'Stop following; nothing is lost within the retention of the parent',
    tag,
    params: idParams,
    query: treeQuery,
    response: activatedNexset,
    access: needs(tag, 'operator'),
  }),
  copy_nexset: route({
    method: 'POST',
    path: '/data_sets/{id}/copy',
    summary: 'Copy a nexset under the same parent',
    tag,
    params: idParams,
    body: nexsetCopyOptions.prefault({}),
    response: nexset,
    access: needs(tag, 'collaborator'),
  }),
  get_nexset_samples: route({
    method: 'GET',
    path: '/data_sets/{id}/samples',
    summary: 'The latest records',
    tag,
    params: idParams,
    query: samplesQuery,
    response: samples,
    access: needs(tag, 'collaborator'),
  }),
}
