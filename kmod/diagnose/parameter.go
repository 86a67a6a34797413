package diagnose

import (
	"errors"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/modparam"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// commonParameters are those that the kernel accepts for every module; see
// kernel-parameters and dynamic-debug-howto.
var commonParameters = []string{"dyndbg", "async_probe"}

// checkParameters checks the parameters that a step of a plan gives to its module.
func (d *Diagnoser) checkParameters(s *subject, step *kmod.Step) []*Finding {
	if s.err != nil || len(step.ParamSources) == 0 {
		return nil
	}
	known := s.info.Params()
	var list []*Finding
	for i := range step.ParamSources {
		option := &step.ParamSources[i]
		for _, arg := range modparam.Split(option.Params) {
			if f := s.checkArgument(known, arg); f != nil {
				f.Origin = option.Origin
				f.Text = strings.TrimSuffix(f.Text, ".") + by(option.Origin) + "."
				list = append(list, f)
			}
		}
	}
	return list
}

// checkArgument checks one parameter.
func (s *subject) checkArgument(known []modinfo.Param, arg modparam.Argument) *Finding {
	name := modparam.Normalize(arg.Name)
	at := slices.IndexFunc(known, func(p modinfo.Param) bool { return modparam.Normalize(p.Name) == name })
	if at < 0 {
		if slices.Contains(commonParameters, name) {
			return nil
		}
		f := s.finding(FindingParameter, SeverityNote, plain.Name(s.name), " lists no parameter ", plain.Name(arg.Name), "; the kernel ignores unknown parameters.")
		f.Parameter, f.Got = arg.Name, arg.Value
		f.Advice = parameterAdvice(known)
		return f
	}
	p := &known[at]
	if p.Type == "" {
		return nil
	}
	_, err := modparam.Convert(modparam.Type(p.Type, s.info.Is64), arg.Value, arg.HasValue)
	if err == nil {
		return nil
	}
	value := "There is no value for"
	if arg.HasValue {
		value = "The value " + plain.Quote(arg.Value) + " is " + valueFault(err)
	}
	f := s.finding(FindingParameter, SeverityWould, value, " the parameter ", plain.Name(p.Name), " of ", plain.Name(s.name),
		", whose type is ", plain.Name(p.Type), ".")
	f.Parameter, f.Want, f.Got = p.Name, p.Type, arg.Value
	if p.Desc != "" {
		f.Advice = "It stands for: " + plain.Quote(p.Desc)
	}
	return f
}

// valueFault says what is wrong with a value.
func valueFault(err error) string {
	switch {
	case errors.Is(err, syscall.ERANGE):
		return "out of range for"
	case errors.Is(err, syscall.ENOSPC):
		return "too long for"
	}
	return "not valid for"
}

// parameterAdvice lists the parameters that the module has.
func parameterAdvice(known []modinfo.Param) string {
	if len(known) == 0 {
		return "It has no parameters at all."
	}
	names := make([]string, len(known))
	for i := range known {
		names[i] = known[i].Name
	}
	return "It has " + plain.Some(names) + "."
}
