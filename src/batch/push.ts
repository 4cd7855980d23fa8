/** Opens what brings unasked word of tasks: the socket, the webhook's listener, both or neither. */
import { randomBytes } from 'node:crypto';
import { callbackUrl } from '../job/callback.ts';
import type { RunPorts, TaskHints } from '../run/ports.ts';
import { createSocketHints } from '../wiro/socket.ts';
import { createWebhookHints } from '../wiro/webhook.ts';
import type { ListenAddress, PushChoice } from './push-choice.ts';
import { socketUrlOf } from './push-choice.ts';
import { addressOf } from './service.ts';
import type { Tell } from './surroundings.ts';
import { UsageError } from './usage-error.ts';

export interface Push {
  readonly ports: Pick<RunPorts, 'hints' | 'callbackUrl'>;
  readonly close: () => Promise<void>;
}

/**
 * Throws `UsageError` where the webhook cannot be listened for. A socket that cannot be had is no error.
 *
 * @param base of the API
 * @param tell told when the socket cannot be had
 */
export async function openPush(
  { socket, webhook }: PushChoice,
  base: URL,
  tell: Tell,
): Promise<Push> {
  const sources: TaskHints[] = [];
  if (webhook?.listen) sources.push(await listen(webhook.listen));
  if (socket !== 'off') {
    const url = socket === 'default' ? socketUrlOf(base) : socket;
    const onTrouble = (message: string) => {
      tell(
        `! ${addressOf(url)} cannot be reached (${message}): tasks are looked after by asking alone`,
        'warn',
      );
    };
    sources.push(createSocketHints({ url: url.href, onTrouble }));
  }
  const hints = allHints(sources);
  return {
    ports: {
      ...(sources.length > 0 && { hints }),
      ...(webhook && {
        callbackUrl: () => callbackUrl(webhook.url, randomBytes(16).toString('hex')),
      }),
    },
    close: hints.close,
  };
}

async function listen({ host, port }: ListenAddress): Promise<TaskHints> {
  try {
    return await createWebhookHints({ host, port });
  } catch (error) {
    throw new UsageError(
      `cannot listen for the webhook: ${error instanceof Error ? error.message : String(error)}`,
      'choose another address with --webhook-listen, or leave it out where somebody else takes the calls',
    );
  }
}

function allHints(sources: readonly TaskHints[]): TaskHints {
  return {
    follow: (task, onEnd) => {
      const leaves = sources.map(({ follow }) => follow(task, onEnd));
      return () => {
        for (const leave of leaves) leave();
      };
    },
    close: async () => {
      await Promise.all(sources.map(({ close }) => close()));
    },
  };
}
