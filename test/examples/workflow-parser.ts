/**
 * GitHub's own parser of workflows. It is published for bundlers: its modules import JSON without saying
 * so, which Node wants to be told.
 */
import { registerHooks } from 'node:module';

const hooks = registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } =
  await import('@actions/workflow-parser');
hooks.deregister();

/** What is wrong with a workflow, by its syntax and by what jobs and steps may say. */
export async function faultsOf(name: string, content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (!value || errors.length > 0) return errors;
  const { errors: more = [] } = await convertWorkflowTemplate(context, value);
  return more.map(({ Message }) => Message);
}
