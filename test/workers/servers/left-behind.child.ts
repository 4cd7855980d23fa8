/** Starts servers, says where they are and waits to be killed. */
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

const servers = await Promise.all([startPostgres(), startRedis()]);
process.stdout.write(servers.map(({ url }) => `${url}\n`).join(''));
setInterval(() => undefined, 60_000);
