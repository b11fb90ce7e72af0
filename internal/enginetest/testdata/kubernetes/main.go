// Reads a Job of Kubernetes as its API server does with strict field validation, checks it by the schema that the API
// publishes (OpenAPI v3), and prints it as JSON:
//
//	kubernetes api/openapi-spec/v3/apis__batch__v1_openapi.json <job.yaml
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/kube-openapi/pkg/spec3"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	var job batchv1.Job
	if err == nil {
		err = yaml.UnmarshalStrict(text, &job)
	}
	if err == nil {
		err = check(text, os.Args[1])
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(job)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// check checks a Job by the schema of its API.
func check(text []byte, schemas string) error {
	data, err := os.ReadFile(schemas)
	if err != nil {
		return err
	}
	var api spec3.OpenAPI
	if err := json.Unmarshal(data, &api); err != nil {
		return err
	}
	schema, ok := api.Components.Schemas["io.k8s.api.batch.v1.Job"]
	if !ok {
		return errors.New("the file has no schema of a Job")
	}
	if err := expand(schema, api.Components.Schemas, 0); err != nil {
		return err
	}
	var job any
	if err := yaml.Unmarshal(text, &job); err != nil {
		return err
	}
	return validate.NewSchemaValidator(schema, nil, "", strfmt.Default).Validate(job).AsError()
}

const refPrefix = "#/components/schemas/"

// expand puts the schemas that are referred to in place of the references, which the validator does not follow. What has
// a name beside them is not known: fields that nobody knows are refused.
func expand(s *spec.Schema, all map[string]*spec.Schema, depth int) error {
	if depth > 100 {
		return errors.New("a schema that refers to itself")
	}
	if ref := s.Ref.String(); ref != "" {
		other, ok := all[strings.TrimPrefix(ref, refPrefix)]
		if !ok {
			return fmt.Errorf("there is no schema %s", ref)
		}
		*s = *other
		return expand(s, all, depth+1)
	}
	if len(s.Properties) > 0 && s.AdditionalProperties == nil {
		s.AdditionalProperties = &spec.SchemaOrBool{}
	}
	properties := make(map[string]spec.Schema, len(s.Properties))
	for name, p := range s.Properties {
		if err := expand(&p, all, depth+1); err != nil {
			return err
		}
		properties[name] = p
	}
	s.Properties = properties
	for i := range s.AllOf {
		if err := expand(&s.AllOf[i], all, depth+1); err != nil {
			return err
		}
	}
	if s.Items != nil && s.Items.Schema != nil {
		item := *s.Items.Schema
		s.Items = &spec.SchemaOrArray{Schema: &item}
		if err := expand(&item, all, depth+1); err != nil {
			return err
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		value := *s.AdditionalProperties.Schema
		s.AdditionalProperties = &spec.SchemaOrBool{Allows: true, Schema: &value}
		if err := expand(&value, all, depth+1); err != nil {
			return err
		}
	}
	return nil
}
