# songbatch with what many machines need (docs/many-machines.md), made from this checkout:
#   docker build --tag songbatch .
#   docker run --rm songbatch --help
#
# No key and no password is in it: they come from the environment of the container.
FROM node:24-slim AS package
WORKDIR /checkout
COPY . .
RUN npm ci --no-audit --no-fund && npm pack --ignore-scripts --pack-destination /package

FROM node:24-slim
WORKDIR /opt/songbatch
COPY --from=package /package /package
# @aws-sdk/client-s3 and @aws-sdk/lib-storage, too, for songs in a bucket; ioredis for a queue in Redis.
RUN npm install --no-audit --no-fund /package/songbatch-*.tgz bullmq@6 pg@8 && npm cache clean --force
ENV PATH=/opt/songbatch/node_modules/.bin:$PATH
# Manifests and songs are mounted here, at the same place in all containers.
WORKDIR /songs
USER node
# A worker ends in good order: what is in flight stays on the server, for the others.
STOPSIGNAL SIGTERM
ENTRYPOINT ["songbatch"]
CMD ["worker"]
