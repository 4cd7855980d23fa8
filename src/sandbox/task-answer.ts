/**
 * A task as the API tells it: every number a string, times in seconds since 1970, "0" for never.
 */
import { hash } from 'node:crypto';

import type { TaskStatus } from './lifecycle.ts';
import { statedRate, twelveDecimals } from './price.ts';
import type { Output, Task } from './task.ts';

export const outputName = '0.wav';
export const outputType = 'audio/wav';

/** @param origin where this server's files are, as the caller reaches it: `http://127.0.0.1:4710` */
export function describeTask(task: Task, origin: string): object {
  const at = (status: TaskStatus): string => seconds(task.times[status]);
  const callback = task.parameters['callbackUrl'];
  return {
    id: task.id,
    uuid: task.uuid,
    name: '',
    socketaccesstoken: task.token,
    parameters: task.parameters,
    debugoutput: '',
    debugerror: task.error,
    starttime: at('task_start'),
    endtime: at('task_end'),
    elapsedseconds: task.seconds.toFixed(4),
    status: task.status,
    cps: statedRate,
    totalcost: twelveDecimals(task.cost),
    guestid: null,
    projectid: '1',
    modelid: '1',
    description: '',
    basemodelid: '0',
    runtype: 'model',
    modelfolderid: '',
    modelfileid: '',
    callbackurl: typeof callback === 'string' ? callback : '',
    marketplaceid: null,
    createtime: seconds(task.createdAt),
    canceltime: at('task_cancel'),
    assigntime: at('task_assign'),
    accepttime: at('task_accept'),
    preprocessstarttime: at('task_preprocess_start'),
    preprocessendtime: at('task_preprocess_end'),
    postprocessstarttime: at('task_postprocess_start'),
    postprocessendtime: at('task_postprocess_end'),
    pexit: task.exit,
    categories: '["tool","text-to-song","music-generation"]',
    outputs: task.output ? [describeOutput(task, task.output, origin)] : [],
    size: String(task.output?.bytes ?? 0),
  };
}

function describeOutput(task: Task, output: Output, origin: string): object {
  return {
    ...describeFile(output.accessKey, outputName, outputType, output.bytes, output.addedAt, origin),
    parentid: hash('md5', task.uuid),
    uuid: task.uuid,
  };
}

/** A file of this server: an output, or what somebody uploaded. */
export function describeFile(
  accessKey: string,
  name: string,
  contentType: string,
  bytes: number,
  addedAt: number,
  origin: string,
): object {
  return {
    id: hash('md5', accessKey),
    name,
    contenttype: contentType,
    size: String(bytes),
    addedtime: seconds(addedAt),
    modifiedtime: seconds(addedAt),
    accesskey: accessKey,
    foldercount: '0',
    filecount: '0',
    ispublic: 0,
    expiretime: null,
    url: `${origin}/files/${accessKey}/${name}`,
  };
}

function seconds(milliseconds: number | undefined): string {
  return String(Math.floor((milliseconds ?? 0) / 1000));
}
