{{/* Generated from operator/manager/permissions.ts by `make generate`; change it there. */}}

{{- define "scalable-app.rules.watched" -}}
# what users want
- apiGroups: ["scalableapp.dev"]
  resources: ["scalableapps"]
  verbs: ["get", "list", "watch"]
# what users see
- apiGroups: ["scalableapp.dev"]
  resources: ["scalableapps/status"]
  verbs: ["patch"]
# own children where the API server checks the right to block an owner's deletion, as OpenShift does
- apiGroups: ["scalableapp.dev"]
  resources: ["scalableapps/finalizers"]
  verbs: ["update"]
# releases as they were rendered, to return to
- apiGroups: ["apps"]
  resources: ["controllerrevisions"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# web, workers and managed Redis for caching
- apiGroups: ["apps"]
  resources: ["deployments"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# managed Redis for queues
- apiGroups: ["apps"]
  resources: ["statefulsets"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# scaling of web and workers
- apiGroups: ["autoscaling"]
  resources: ["horizontalpodautoscalers"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# what runs once per tick
- apiGroups: ["batch"]
  resources: ["cronjobs"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# migrations, once per release
- apiGroups: ["batch"]
  resources: ["jobs"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# the pooler's configuration; those that a ScalableApp refers to are watched by metadata
- apiGroups: [""]
  resources: ["configmaps"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# the identity of an app's pods
- apiGroups: [""]
  resources: ["serviceaccounts"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# the addresses of web and Redis
- apiGroups: [""]
  resources: ["services"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# requests from a Gateway, and a canary's share of them
- apiGroups: ["gateway.networking.k8s.io"]
  resources: ["httproutes"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# drains that keep an app serving
- apiGroups: ["policy"]
  resources: ["poddisruptionbudgets"]
  verbs: ["get", "list", "watch", "create", "patch", "delete"]
# readiness, and why a pod fails
- apiGroups: [""]
  resources: ["pods"]
  verbs: ["list", "watch"]
# the deletion cost of workers, so that a release ends idle ones before busy ones; without it they end in any order
- apiGroups: [""]
  resources: ["pods"]
  verbs: ["patch"]
# the size of a queue's volume and of those in spec.volumes
- apiGroups: [""]
  resources: ["persistentvolumeclaims"]
  verbs: ["list", "watch"]
# make a volume grow where redis.queue.storage or volumes[].storage is raised; its class decides whether it may
- apiGroups: [""]
  resources: ["persistentvolumeclaims"]
  verbs: ["patch"]
# make the claims of volumes[].storage, and see who owns one whose name is taken; none is ever deleted
- apiGroups: [""]
  resources: ["persistentvolumeclaims"]
  verbs: ["get", "create"]
# the last lines of a failed migration, for its condition
- apiGroups: [""]
  resources: ["pods/log"]
  verbs: ["get"]
# the Warnings about a pod that is not ready: a volume that is not mounted, a probe that fails
- apiGroups: [""]
  resources: ["events"]
  verbs: ["list"]
# inform users what was done
- apiGroups: ["events.k8s.io"]
  resources: ["events"]
  verbs: ["create", "patch"]
{{- if has .Values.secretAccess (list "get") }}
# metadata of the Secrets that a ScalableApp names, so that pods restart when its data changes
- apiGroups: [""]
  resources: ["secrets"]
  verbs: ["get"]
{{- end }}
{{- if has .Values.secretAccess (list "watch") }}
# follow the metadata of Secrets at once instead of every ten minutes
- apiGroups: [""]
  resources: ["secrets"]
  verbs: ["get", "list", "watch"]
{{- end }}
{{- end }}

{{- define "scalable-app.rules.own" -}}
# leader election, first start
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["create"]
# leader election
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  resourceNames: [{{ include "scalable-app.leaseName" . | quote }}]
  verbs: ["get", "update"]
{{- end }}
