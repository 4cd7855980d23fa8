/**
 * songbatch as a library: `loadManifest`, `plan` and `run` do what the commands do. Below them are their parts,
 * for programs that run a batch against an API of their own.
 * What is not named here is not public and may change in any version.
 */
export { loadManifest } from './library/load-manifest.ts';
export type { LoadedManifest } from './library/load-manifest.ts';
export { plan } from './library/plan.ts';
export type { BatchPlan, PlanOptions } from './library/plan.ts';
export { run } from './library/run.ts';
export type { BatchOutcome, RunOptions } from './library/run.ts';
export type { BatchRun } from './library/batch-run.ts';
export type { BatchOptions, LabelChoice, LoadOptions, ServiceOptions } from './library/options.ts';
export { ManifestError } from './batch/manifest-error.ts';
export { UsageError } from './batch/usage-error.ts';
export { DiskFault } from './job/disk-fault.ts';
export { exactUsd } from './job/money.ts';
export { parseManifest } from './manifest/parse.ts';
export { renderProblem } from './manifest/frame.ts';
export type { Manifest } from './manifest/manifest.ts';
export type { Problem } from './manifest/problem.ts';
export type { Sources } from './manifest/sources.ts';
export { makePlan } from './plan/plan.ts';
export type { Plan } from './plan/plan.ts';
export type { PlannedJob } from './plan/candidates.ts';
export type { Selection } from './plan/selection.ts';
export type { Job } from './job/job.ts';
export { describeFailure } from './job/failure.ts';
export type { Failure } from './job/failure.ts';
export type { Price, RunAnswer, SongApi, StopAnswer, TaskPage } from './job/song-api.ts';
export type { RemoteOutput, TaskReport, TaskState } from './job/task.ts';
export { ApiFault, apiReasonOf } from './job/api-fault.ts';
export type { ApiFaultKind, ApiReason } from './job/api-fault.ts';
export { createWiroClient } from './wiro/client.ts';
export type { DeleteAnswer, WiroClient, WiroOptions } from './wiro/client.ts';
export type { ModelDescription, ModelParameter } from './manifest/model.ts';
export type { ModelOption, PriceRow, Tool, ToolParameter } from './wiro/model-description.ts';
export { createSocketHints } from './wiro/socket.ts';
export type { SocketHints, SocketOptions } from './wiro/socket.ts';
export { createWebhookHints } from './wiro/webhook.ts';
export type { WebhookHints, WebhookOptions } from './wiro/webhook.ts';
export { callbackUrl } from './job/callback.ts';
export { openStore, openStoreReader } from './state/sqlite-store.ts';
export { StateError } from './state/state-error.ts';
export type { Store, StoreReader } from './job/store.ts';
export { cancelBatch, runBatch } from './run/run.ts';
export type { RunSettings } from './run/run.ts';
export type { Ears, FollowedTask, RunPorts, TaskHints, UploadMemory } from './run/ports.ts';
export type { RunEvent, RunOutcome } from './run/events.ts';
export { createEars } from './audio/ears.ts';
export type { EarsOptions } from './audio/ears.ts';
export type { Damage, Measured, Measures } from './job/measures.ts';
export { similarity } from './job/fingerprint.ts';
export { createDownloader } from './outputs/download.ts';
export { startSandbox } from './sandbox/sandbox.ts';
export type { Sandbox, SandboxOptions } from './sandbox/sandbox.ts';
export type { Faults } from './sandbox/faults.ts';
