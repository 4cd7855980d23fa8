/**
 * A task as the API tells it: every number a string, times in seconds since 1970, "0" for never.
 */
import { hash } from 'node:crypto';

import { hasEnded, type TaskStatus } from './lifecycle.ts';
import { statedRate, twelveDecimals } from './price.ts';
import type { Output, Task, Upload } from './task.ts';

export const modelCategories = ['tool', 'text-to-song', 'music-generation'];

export const modelDescription =
  "Songs by songbatch's sandbox engine, not by YuE. Nothing is charged.";

/** What a song is called and served as. */
export function outputFile({ format = 'wav' }: Output): { name: string; contentType: string } {
  return { name: `0.${format}`, contentType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}` };
}

/** @param origin where this server's files are, as the caller reaches it: `http://127.0.0.1:4710` */
export function describeTask(task: Task, origin: string): object {
  const at = (status: TaskStatus): string => seconds(task.times[status]);
  const callback = task.parameters['callbackUrl'];
  const [modelslugowner, modelslugproject] = task.model.split('/');
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
    // Wiro's words for what was not billed.
    totalcost: task.cost === 0n ? '0' : twelveDecimals(task.cost),
    guestid: null,
    projectid: '1',
    modelid: '1',
    description: '',
    modeldescription: modelDescription,
    modelslugowner,
    modelslugproject,
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
    // Clients take "0" for a success wherever they find it: there is no exit code before the end.
    pexit: hasEnded(task.status) ? task.exit : '',
    categories: JSON.stringify(modelCategories),
    outputs: describeOutputs(task, origin),
    size: String(task.output?.bytes ?? 0),
  };
}

export function describeOutputs(task: Task, origin: string): readonly object[] {
  return task.output ? [describeOutput(task, task.output, origin)] : [];
}

function describeOutput(task: Task, output: Output, origin: string): object {
  const { accessKey, bytes, addedAt } = output;
  const { name, contentType } = outputFile(output);
  return {
    ...describeFile(accessKey, name, contentType, bytes, addedAt, origin),
    parentid: hash('md5', task.uuid),
    uuid: task.uuid,
  };
}

export function describeUpload(upload: Upload, origin: string): object {
  const { accessKey, name, contentType, bytes, addedAt, account } = upload;
  return {
    ...describeFile(accessKey, name, contentType, bytes, addedAt, origin),
    // An account has one folder.
    parentid: hash('md5', account),
  };
}

function describeFile(
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
