{{- define "grantwright.name" -}}
{{- if contains "grantwright" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-grantwright" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "grantwright.selector" -}}
app.kubernetes.io/name: grantwright
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "grantwright.labels" -}}
{{ include "grantwright.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "grantwright.image" -}}
{{- $repository := required "image.repository is missing: where the image is" .Values.image.repository -}}
{{- if .Values.image.digest }}{{ $repository }}@{{ .Values.image.digest }}{{ else }}{{ $repository }}:{{ .Values.image.tag }}{{ end }}
{{- end }}
