{{- define "scalable-app.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Ten characters short of the limit, so that suffixes such as -metrics fit. */}}
{{- define "scalable-app.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 53 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 53 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "scalable-app.selectorLabels" -}}
app.kubernetes.io/name: {{ include "scalable-app.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "scalable-app.labels" -}}
{{ include "scalable-app.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "scalable-app.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "scalable-app.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "scalable-app.leaseName" -}}
{{- default (include "scalable-app.fullname" .) .Values.leaderElection.leaseName }}
{{- end }}

{{- define "scalable-app.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "scalable-app.subject" -}}
- kind: ServiceAccount
  name: {{ include "scalable-app.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
